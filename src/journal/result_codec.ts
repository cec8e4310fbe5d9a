/**
 * Encodes results as text: as JSON, which people can read, if that loses nothing; else (Maps,
 * dates, NaN, bytes, cycles, errors) in the binary encoding of the shared state.
 */
import { unwrapProxy } from "../state/replica/object_tag.ts";
import { decodeValue, encodeValue } from "../state/log/value_bytes.ts";
import type { StoredResult } from "./journal_format.ts";
import { measureValue, RESULT_BYTES_MAX } from "./measure_value.ts";

const OMITTED = `,"omitted":true`;

/** Stands for a result that is known to be too large, so that it need not be decoded. */
export const LARGE_RESULT = Symbol("large result");

/**
 * Length in bytes of a packed result above which it is too large for the journal in any case: a
 * value takes at least a byte packed, and a character at most three.
 */
export const PACKED_BYTES_MAX: number = 8 * RESULT_BYTES_MAX;

/**
 * Encodes a result as the fields of a line, each with a leading comma; undefined is encoded as "".
 *
 * @param value An ordinary value, or a view of the shared state.
 */
export function encodeResult(value: unknown): string {
  if (value === undefined) return "";
  if (value === LARGE_RESULT) return OMITTED;
  const raw = typeof value === "object" && value !== null ? unwrapProxy(value) ?? value : value;
  const { isLarge, isJsonSafe } = measureValue(raw);
  if (isLarge) return OMITTED;
  if (isJsonSafe) return `,"result":${JSON.stringify(raw)}`;
  return `,"bytes":"${encodeValue(raw).toBase64()}"`;
}

/** Decodes the result of a line, which must not be omitted. */
export function decodeResult({ result, bytes }: StoredResult): unknown {
  return bytes === undefined ? result : decodeValue(Uint8Array.fromBase64(bytes));
}

/** Converts a result to JSON for comparisons: itself, or its encoding if JSON loses a part. */
export function toComparable(value: unknown): unknown {
  return measureValue(value).isJsonSafe ? value : { bytes: encodeValue(value).toBase64() };
}
