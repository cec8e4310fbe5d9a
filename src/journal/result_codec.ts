/**
 * Results as text. What JSON can tell in full is JSON, which people can read; all else that the shared
 * state can hold (Maps, dates, NaN, bytes, cycles, errors) is what the state itself would make of it.
 */
import { InternalError } from "../base/assert.ts";
import { Decoder } from "../state/decoder.ts";
import { GraphWriter } from "../state/graph_writer.ts";
import { isLeaf, Kind, kindOf, Op } from "../state/kinds.ts";
import { behindProxy } from "../state/stamp.ts";
import type { KeptResult } from "./format.ts";
import { survey } from "./survey.ts";

/**
 * A result as the fields of a line, each with a comma before it; "" stands for undefined.
 *
 * @param value An ordinary value, or one of the shared state.
 */
export function resultFields(value: unknown): string {
  if (value === undefined) return "";
  const raw = typeof value === "object" && value !== null ? behindProxy(value) ?? value : value;
  const { isLarge, isJson } = survey(raw);
  if (isLarge) return `,"omitted":true`;
  if (isJson) return `,"result":${JSON.stringify(raw)}`;
  const writer = new ResultWriter();
  writer.value(raw);
  writer.bodies();
  return `,"bytes":"${writer.bytes.subarray(0, writer.length).toBase64()}"`;
}

/** The result that a line has. It is not for a result that was omitted. */
export function recallResult({ result, bytes }: KeptResult): unknown {
  if (bytes === undefined) return result;
  const objects = new Map<number, object>();
  const decoder = new Decoder({
    find: (id) => objects.get(id),
    add(id, _kind, object) {
      objects.set(id, object);
      return object;
    },
  });
  const read = Uint8Array.fromBase64(bytes);
  decoder.attach(read);
  const value = decoder.value();
  while (decoder.at < read.length) {
    if (decoder.u8() !== Op.body) throw new InternalError("The bytes of a result have no body");
    decoder.body();
  }
  return value;
}

/** Numbers the objects of one value. */
class ResultWriter extends GraphWriter {
  #lastId = 0;

  protected override object(value: object): void {
    const object = behindProxy(value) ?? value;
    const met = this.met(object);
    if (met !== undefined) return this.reference(met.kind, met.id);
    const kind = kindOf(object);
    if (kind === Kind.none) this.refuse(object);
    this.first(object, kind, ++this.#lastId, isLeaf(kind));
  }

  protected override refuse(value: unknown): never {
    throw new InternalError(`A result holds a ${typeof value} that cannot be shared`);
  }
}
