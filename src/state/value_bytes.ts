/** One value as bytes, apart from any shared state: identity and cycles within the value are kept. */
import { InternalError } from "../base/assert.ts";
import { Decoder } from "./decoder.ts";
import { GraphWriter } from "./graph_writer.ts";
import { isLeaf, Kind, kindOf, Op } from "./kinds.ts";
import { behindProxy } from "./stamp.ts";

/**
 * Encodes a value that the shared state can hold.
 *
 * @param value An ordinary value, or one of the shared state.
 * @throws {InternalError} when the value cannot be shared.
 */
export function encodeValue(value: unknown): Uint8Array<ArrayBuffer> {
  const writer = new ValueWriter();
  writer.value(value);
  writer.bodies();
  return writer.content;
}

/** Decodes what {@linkcode encodeValue} has written: an ordinary value of this thread's own. */
export function decodeValue(bytes: Uint8Array<ArrayBuffer>): unknown {
  const objects = new Map<number, object>();
  const decoder = new Decoder({
    find: (id) => objects.get(id),
    add(id, _kind, object) {
      objects.set(id, object);
      return object;
    },
  });
  decoder.attach(bytes);
  const value = decoder.value();
  while (decoder.at < bytes.length) {
    if (decoder.u8() !== Op.body) throw new InternalError("The bytes of a value have no body");
    decoder.body();
  }
  return value;
}

/** Numbers the objects of one value in the order in which they are met. */
class ValueWriter extends GraphWriter {
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
    throw new InternalError(`A value holds a ${typeof value} that cannot be shared`);
  }
}
