/** The record that takes a result out, for a log that stands elsewhere. */
import { Op } from "../log/value_kinds.ts";
import type { Replica } from "./replica.ts";
import { ValueEncoder } from "./value_encoder.ts";

/**
 * Encodes the removal of a result.
 *
 * @returns What is to be appended; undefined where there is no such result.
 */
export function encodeResultRemoval(replica: Replica, name: string): Uint8Array | undefined {
  replica.sync();
  const { results } = replica;
  if (!Object.hasOwn(results, name)) return undefined;
  const encoder = new ValueEncoder(replica);
  encoder.u8(Op.delete);
  encoder.id(replica.idOf(results));
  encoder.string(name);
  return encoder.content.slice();
}
