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

  override rewind(): void {
    super.rewind();
    this.#lastId = 0;
  }

  protected override object(value: object): void {
    const object = behindProxy(value) ?? value;
    const met = this.met(object);
    if (met !== undefined) return this.reference(met.kind, met.id);
    const kind = this.kindOf(object);
    this.first(object, kind, ++this.#lastId, isLeaf(kind));
  }

  /** The kind as which an object is written. */
  protected kindOf(object: object): number {
    const kind = kindOf(object);
    if (kind === Kind.none) this.refuse(object);
    return kind;
  }

  protected override refuse(value: unknown): void {
    throw new InternalError(`A value holds a ${typeof value} that cannot be shared`);
  }
}

/** What can be seen of a value of any kind. */
export interface ValueDescription {
  /** Bytes in base64. They differ where the values differ, as far as that can be seen. */
  readonly text: string;
  /** Whether {@linkcode decodeValue} makes the value of these bytes. */
  readonly isShareable: boolean;
}

/**
 * Describes values, one after another. What cannot be shared is described by what can be seen of it: a
 * function by its source, an instance of a class by its name, by what the runtime shows of it and by its own
 * properties.
 */
export class ValueDescriber extends ValueWriter {
  #isShareable = true;

  /** Describes a value of any kind. */
  describe(value: unknown): ValueDescription {
    this.rewind();
    this.#isShareable = true;
    try {
      this.value(value);
      this.bodies();
    } catch { // a getter, or a proxy: what it hides may be anything, so it is like no other value
      this.#opaque(crypto.randomUUID());
    }
    return { text: this.content.toBase64(), isShareable: this.#isShareable };
  }

  protected override object(value: object): void {
    const kind = kindOf(value);
    const hasSymbols = kind <= Kind.nullObject && Object.getOwnPropertySymbols(value).length > 0;
    if (hasSymbols || (kind === Kind.none && this.met(value) === undefined)) {
      this.#opaque(Deno.inspect(value, { depth: 0, iterableLimit: Infinity }));
    }
    super.object(value);
  }

  protected override kindOf(object: object): number {
    return kindOf(object) || Kind.nullObject;
  }

  protected override refuse(value: unknown): void {
    this.#opaque(String(value));
  }

  #opaque(text: string): void {
    this.#isShareable = false;
    this.string(text);
  }
}
