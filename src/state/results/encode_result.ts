/** Encodes a result as an operation of the log, for a process that appends to the log of others. */
import { Op } from "../log/value_kinds.ts";
import { type IdSource, ValueEncoder } from "../replica/value_encoder.ts";
import type { Properties } from "../log/decoder.ts";
import { packValue } from "./pack_value.ts";

/** The part of a replica that the encoding of a result needs. */
export interface ResultTarget extends IdSource {
  readonly cursor: { sync(): void };
  readonly results: Properties;
  idOf(object: object): number;
}

/**
 * Encodes the assignment of a result.
 *
 * @returns the operation to append.
 * @throws {StateCloneError} for a value that cannot be shared.
 */
export function encodeResult(replica: ResultTarget, name: string, value: unknown): Uint8Array {
  replica.cursor.sync();
  const content = packValue(value, "result");
  const encoder = new ValueEncoder(replica);
  encoder.u8(Op.set);
  encoder.id(replica.idOf(replica.results));
  encoder.propertyKey(name);
  encoder.packed(content);
  return encoder.content.slice();
}
