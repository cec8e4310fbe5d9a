/**
 * Encodes results as text: as JSON, which people can read, if that loses nothing; else (Maps,
 * dates, NaN, bytes, cycles, errors) in the binary encoding of the shared state.
 */
import { unwrapProxy } from "../state/replica/object_tag.ts";
import { decodeValue, encodeValue } from "../state/log/value_bytes.ts";
import type { StoredResult } from "./journal_format.ts";
import { measureValue } from "./measure_value.ts";

/**
 * Encodes a result as the fields of a line, each with a leading comma; undefined is encoded as "".
 *
 * @param value An ordinary value, or a view of the shared state.
 */
export function encodeResult(value: unknown): string {
  if (value === undefined) return "";
  const raw = typeof value === "object" && value !== null ? unwrapProxy(value) ?? value : value;
  const { isLarge, isJsonSafe } = measureValue(raw);
  if (isLarge) return `,"omitted":true`;
  if (isJsonSafe) return `,"result":${JSON.stringify(raw)}`;
  return `,"bytes":"${encodeValue(raw).toBase64()}"`;
}

/** Decodes the result of a line, which must not be omitted. */
export function decodeResult({ result, bytes }: StoredResult): unknown {
  return bytes === undefined ? result : decodeValue(Uint8Array.fromBase64(bytes));
}
