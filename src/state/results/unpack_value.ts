/** Unpacks a value into ordinary objects of this thread, which are read-only. */

import { assert, InternalError } from "../../base/assert.ts";
import { createEmptyOrUndefined, type Properties, setProperty } from "../log/decoder.ts";
import { setErrorPart } from "../log/error_properties.ts";
import { reinstate, restoreBuiltIns } from "../log/intrinsics.ts";
import { createSharedDate, makeBinary, sealOpaque } from "../log/opaque_values.ts";
import { ByteReader } from "../log/byte_reader.ts";
import type { PackedObjects, UnpackedValue } from "../log/packed_value.ts";
import { isErrorKind, isLeaf, Kind } from "../log/value_kinds.ts";
import { ATTACHED_BYTES_MIN, BYTES_ATTACHMENT, HAS_BYTES, Tag } from "./packed_layout.ts";
import { ObjectTag } from "../replica/object_tag.ts";
import { makeReadOnly } from "./make_read_only.ts";

/** Unpacks a value. */
export function unpackValue(bytes: Uint8Array<ArrayBuffer>): UnpackedValue {
  const replaced = restoreBuiltIns();
  try {
    return new ValueUnpacker(bytes).unpack();
  } finally {
    if (replaced !== undefined) reinstate(replaced);
  }
}

/** The objects of one shape: a template with its keys, which the engine clones fast. */
interface Shape {
  readonly keys: readonly string[];
  readonly template: Properties;
}

/** Unpacks the objects of a value of the state: those of the replica `owner`. */
export function unpackObjects(packed: PackedObjects, owner: object): readonly object[] {
  const replaced = restoreBuiltIns();
  try {
    const unpacker = new ValueUnpacker(packed.bytes, (object, kind, index) => {
      ObjectTag.put(object, owner, packed.firstId + index, kind);
      if (isLeaf(kind)) sealOpaque(kind, object);
    });
    unpacker.unpack();
    return unpacker.objects;
  } finally {
    if (replaced !== undefined) reinstate(replaced);
  }
}

/** Called for each object before it has its members. */
type OnCreated = (object: object, kind: number, index: number) => void;

class ValueUnpacker extends ByteReader {
  readonly #flags: number;
  readonly #attachments: (readonly [type: number, start: number, length: number])[] = [];
  #nextAttachment = 0;
  #text = "";
  #textPosition = 0;
  /** The objects in the order of their first visit. */
  readonly objects: object[] = [];
  readonly #onCreated: OnCreated | undefined;
  readonly #shapes: Shape[] = [];
  readonly #deferred: object[] = [];
  readonly #deferredKinds: number[] = [];

  /** @param onCreated Without it, the objects are made read-only. */
  constructor(packed: Uint8Array<ArrayBuffer>, onCreated?: OnCreated) {
    super();
    this.#onCreated = onCreated;
    this.attach(packed);
    this.#flags = this.u32();
    this.u32();
    const bodyLength = this.u32();
    const types: number[] = [];
    const lengths: number[] = [];
    for (let left = this.u32(); left > 0; left--) {
      types.push(this.u32());
      lengths.push(this.u32());
    }
    let start = this.position + bodyLength;
    for (let index = 0; index < types.length; index++) {
      this.#attachments.push([types[index]!, start, lengths[index]!]);
      start += lengths[index]!;
    }
  }

  unpack(): UnpackedValue {
    const value = this.#value();
    for (let next = 0; next < this.#deferred.length; next++) {
      const object = this.#deferred[next]!;
      const kind = this.#deferredKinds[next]!;
      if (kind === Kind.object) this.#deferredProperties(object as Properties);
      else this.#members(kind, object);
    }
    return { value, hasBytes: (this.#flags & HAS_BYTES) !== 0 };
  }

  #value(): unknown {
    const tag = this.u8();
    switch (tag) {
      case Tag.int32:
        return this.i32();
      case Tag.float64:
        return this.f64();
      case Tag.text:
        return this.#textPart();
      case Tag.shaped:
        return this.#shaped(this.#shapes[this.varint()]!);
      case Tag.undefined:
        return undefined;
      case Tag.null:
        return null;
      case Tag.true:
        return true;
      case Tag.false:
        return false;
      case Tag.bigint:
        return this.#bigint();
      case Tag.seen:
        return this.objects[this.varint()];
      case Tag.newShape:
        return this.#shaped(this.#newShape());
      case Tag.object:
        return this.#object(this.u8());
      case Tag.deferred:
        return this.#defer(this.u8());
      case Tag.leaf:
        return this.#leaf(this.u8());
    }
    throw new InternalError(`A packed value has no tag ${tag}`);
  }

  #shaped(shape: Shape): object {
    const object = { ...shape.template };
    this.#add(Kind.object, object);
    this.#values(object, shape.keys);
    return this.#onCreated === undefined ? Object.freeze(object) : object;
  }

  #values(object: Properties, keys: readonly string[]): void {
    // Own properties of the template: no setter is called, and `__proto__` is an ordinary key.
    for (let index = 0; index < keys.length; index++) object[keys[index]!] = this.#value();
  }

  #newShape(): Shape {
    const template: Properties = {};
    for (let left = this.varint(); left > 0; left--) {
      setProperty(template, this.#value() as string, undefined);
    }
    // Keys as the engine has them interned: slices of a text are looked up at each use.
    const shape = { keys: Object.keys(template), template };
    this.#shapes.push(shape);
    return shape;
  }

  #deferredProperties(object: Properties): void {
    const tag = this.u8();
    if (tag === Tag.object) return this.#members(this.u8(), object);
    const shape = tag === Tag.newShape ? this.#newShape() : this.#shapes[this.varint()]!;
    for (const key of shape.keys) setProperty(object, key, this.#value());
    if (this.#onCreated === undefined) Object.freeze(object);
  }

  #object(kind: number): object {
    const object = this.#empty(kind);
    this.#members(kind, object);
    return object;
  }

  #defer(kind: number): object {
    const object = this.#empty(kind);
    this.#deferred.push(object);
    this.#deferredKinds.push(kind);
    return object;
  }

  #empty(kind: number): object {
    const object = createEmptyOrUndefined(kind);
    if (object === undefined) throw new InternalError(`A packed value has no kind ${kind}`);
    return this.#add(kind, object);
  }

  #add(kind: number, object: object): object {
    this.objects.push(object);
    this.#onCreated?.(object, kind, this.objects.length - 1);
    return object;
  }

  #members(kind: number, object: object): void {
    if (kind === Kind.array) this.#items(object as unknown[]);
    else this.#entries(kind, object);
    if (this.#onCreated === undefined) makeReadOnly(kind, object);
  }

  #entries(kind: number, object: object): void {
    for (let left = this.varint(); left > 0; left--) {
      const key = this.#value();
      if (kind === Kind.set) (object as Set<unknown>).add(key);
      else if (kind === Kind.map) (object as Map<unknown, unknown>).set(key, this.#value());
      else if (isErrorKind(kind)) setErrorPart(object as Error, key as string, this.#value());
      else setProperty(object as Properties, key as string, this.#value());
    }
  }

  #items(list: unknown[]): void {
    const count = this.varint();
    for (let index = 0; index < count; index++) {
      const { position } = this;
      if (this.u8() === Tag.holes) {
        index += this.varint() - 1;
      } else {
        this.position = position;
        list[index] = this.#value();
      }
    }
    if (list.length !== count) list.length = count;
  }

  #leaf(kind: number): object {
    const leaf = this.#readLeaf(kind);
    return this.#add(kind, this.#onCreated === undefined ? makeReadOnly(kind, leaf) : leaf);
  }

  #readLeaf(kind: number): object {
    if (kind === Kind.date) {
      return this.#onCreated === undefined ? new Date(this.f64()) : createSharedDate(this.f64());
    }
    if (kind === Kind.regexp) {
      const source = this.#value() as string;
      return new RegExp(source, this.#value() as string);
    }
    const length = this.varint();
    return makeBinary(
      kind,
      (length < ATTACHED_BYTES_MIN ? this.copy(length) : this.#attached()).buffer,
    );
  }

  #attached(): Uint8Array<ArrayBuffer> {
    const [type, start, length] = this.#attachments[this.#nextAttachment++]!;
    assert(type === BYTES_ATTACHMENT, "A packed value has a text in the place of bytes");
    const { position } = this;
    this.position = start;
    const copy = this.copy(length);
    this.position = position;
    return copy;
  }

  #nextText(): void {
    const [type, start, length] = this.#attachments[this.#nextAttachment++]!;
    this.#text = this.textAt(type, start, length);
    this.#textPosition = 0;
  }

  #bigint(): bigint {
    this.u8();
    const text = this.#textPart();
    return text[0] === "-" ? -BigInt(`0x${text.slice(1)}`) : BigInt(`0x${text}`);
  }

  #textPart(): string {
    const length = this.varint();
    if (length === 0) return "";
    if (this.#textPosition === this.#text.length) this.#nextText();
    const start = this.#textPosition;
    this.#textPosition = start + length;
    return this.#text.slice(start, start + length);
  }
}
