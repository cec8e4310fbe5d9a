/**
 * Results as text. What JSON can tell in full is JSON, which people can read; all else that the shared
 * state can hold (Maps, dates, NaN, bytes, cycles, errors) is what the state itself would make of it.
 */
import { unwrapProxy } from "../state/replica/object_tag.ts";
import { decodeValue, encodeValue } from "../state/log/value_bytes.ts";
import type { StoredResult } from "./journal_format.ts";
import { measureValue } from "./measure_value.ts";

/**
 * A result as the fields of a line, each with a comma before it; "" stands for undefined.
 *
 * @param value An ordinary value, or one of the shared state.
 */
export function encodeResult(value: unknown): string {
  if (value === undefined) return "";
  const raw = typeof value === "object" && value !== null ? unwrapProxy(value) ?? value : value;
  const { isLarge, isJsonSafe } = measureValue(raw);
  if (isLarge) return `,"omitted":true`;
  if (isJsonSafe) return `,"result":${JSON.stringify(raw)}`;
  return `,"bytes":"${encodeValue(raw).toBase64()}"`;
}

/** The result that a line has. It is not for a result that was omitted. */
export function decodeResult({ result, bytes }: StoredResult): unknown {
  return bytes === undefined ? result : decodeValue(Uint8Array.fromBase64(bytes));
}
