/** Lookup of results, wherever they are kept: in the cells of the run, or in the log. */

import type { Properties } from "../log/decoder.ts";
import { PackedValue } from "../log/packed_value.ts";
import type { ResultCells } from "../replica/result_cells.ts";
import { unpackValue } from "./unpack_value.ts";

/** The part of a replica that has the results. */
export interface ResultSource {
  readonly cursor: { sync(): void };
  /** The results in the log. */
  readonly results: Properties;
  readonly resultCells: ResultCells | undefined;
  /** The unpacked results with bytes, which belong to the current task. */
  readonly resultsWithBytes: Set<PackedValue>;
}

/** Returns the result of this name; undefined if there is none. */
export function findResult(source: ResultSource, name: string): { value: unknown } | undefined {
  const { resultCells: cells, results } = source;
  if (cells?.has(name)) return { value: unpacked(cells.get(name), source) };
  source.cursor.sync();
  if (!Object.hasOwn(results, name)) return undefined;
  return { value: unpacked(results[name], source) };
}

/** Returns the result of this name if it is packed. */
export function findPacked(source: ResultSource, name: string): PackedValue | undefined {
  const { resultCells: cells, results } = source;
  if (!cells?.has(name)) source.cursor.sync();
  const content = cells?.has(name) ? cells.get(name) : results[name];
  return content instanceof PackedValue ? content : undefined;
}

/** Returns the value of a cell or of a property; a packed one is unpacked once per thread. */
function unpacked(content: unknown, { resultsWithBytes }: ResultSource): unknown {
  if (!(content instanceof PackedValue)) return content;
  if (content.unpacked === undefined) {
    content.unpacked = unpackValue(content.bytes);
    if (content.unpacked.hasBytes) resultsWithBytes.add(content);
  }
  return content.unpacked.value;
}

/**
 * Forgets the unpacked results with bytes. Bytes cannot be made read-only, so each task gets bytes
 * of its own: what it changes in them, no other task sees.
 */
export function forgetBytes({ resultsWithBytes }: ResultSource): void {
  if (resultsWithBytes.size === 0) return;
  for (const packed of resultsWithBytes) packed.unpacked = undefined;
  resultsWithBytes.clear();
}
