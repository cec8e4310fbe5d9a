/** Writes of the views: encodes the operation, and appends it to the op log. */
import type { Properties } from "../log/decoder.ts";
import {
  reinstate,
  type ReplacedBuiltIns,
  restoreBuiltIns,
  restoreForPrimitives,
} from "../log/intrinsics.ts";
import { type MethodId, Op } from "../log/value_kinds.ts";
import { type PackedContent, PackedObjects } from "../log/packed_value.ts";
import { isLarge, packObjects } from "../results/pack_value.ts";
import { IDS_PER_BLOCK } from "./object_ids.ts";
import { NO_ROOM } from "./operations.ts";
import type { Replica, WriteOptions } from "./replica.ts";
import { topKeyOf } from "./object_tag.ts";
import { formatPathStep, ValueEncoder } from "./value_encoder.ts";

/** Writes to a replica, each as one operation of the op log. */
export class StateWriter {
  readonly #replica: Replica;
  readonly #encoder: ValueEncoder;
  #isBorrowed = false;
  /** Called after each write, with the key of the state through which its target was reached. */
  onWrite: ((topKey: string) => void) | undefined;

  /** Number of items from which a value of the root is packed. */
  largeItems = 10_000;

  constructor(replica: Replica) {
    this.#replica = replica;
    this.#encoder = new ValueEncoder(replica);
  }

  /** Sets a property or an index of a shared object. */
  set(target: object, key: string | number, value: unknown, origin?: () => string): void {
    const isPrimitive = typeof value !== "object" || value === null;
    const encoder = this.#borrow(
      origin ?? (() => this.pathText(target) + formatPathStep(key)),
      isPrimitive ? restoreForPrimitives() : restoreBuiltIns(),
    );
    try {
      const isRoot = target === this.#replica.root;
      if (!isPrimitive && isRoot && this.#setLarge(encoder, String(key), value)) {
        return this.#reportWrite(target, key);
      }
      this.#encodeSet(encoder, target, key, value);
      if (isPrimitive) {
        this.#replica.commitSet(encoder, target, key, value);
      } else {
        encoder.bodies();
        this.#replica.commit(encoder);
      }
    } finally {
      this.#return(encoder);
    }
    this.#reportWrite(target, key);
  }

  /** Sets a property of a shared object to a packed value. */
  setPacked(target: object, key: string, content: PackedContent): void {
    this.#write(target, Op.set, (encoder) => {
      encoder.propertyKey(key);
      encoder.packed(content);
    });
  }

  /**
   * Sets a property of the root to a large value. No thread decodes it under the lock: each unpacks
   * it when it reads it.
   *
   * @returns false if the value is not large, or has to be written like any other.
   */
  #setLarge(encoder: ValueEncoder, key: string, value: object): boolean {
    const replica = this.#replica;
    if (!replica.writesLog || !isLarge(value, this.largeItems)) return false;
    const content = packObjects(value, `state${formatPathStep(key)}`);
    if (content === undefined || content.expandedBytes > replica.maxPackedBytes) return false;
    const bytes = bytesOf(content);
    const { first } = replica.reserveIds(Math.ceil(content.objectCount / IDS_PER_BLOCK));
    const packed = new PackedObjects(first, content.objectCount, bytes);
    encoder.u8(Op.set);
    encoder.id(replica.idOf(replica.root));
    encoder.propertyKey(key);
    encoder.packedObjects(packed);
    replica.commitPacked(encoder, key, packed, content.expandedBytes);
    return true;
  }

  /**
   * Sets properties of a shared object in one operation: an object in several of them stays one.
   */
  setAll(target: object, entries: readonly (readonly [key: string, value: unknown])[]): void {
    let current = "";
    const encoder = this.#borrow(
      () => this.pathText(target) + formatPathStep(current),
      restoreBuiltIns(),
    );
    try {
      for (const [key, value] of entries) {
        current = key;
        this.#encodeSet(encoder, target, key, value);
        encoder.bodies();
      }
      if (entries.length > 0) this.#replica.commit(encoder);
    } finally {
      this.#return(encoder);
    }
  }

  /**
   * {@linkcode set}, if the property is still `expected`.
   *
   * @returns whether it was.
   */
  setIf(target: Properties, key: string, expected: unknown, value: unknown): boolean {
    const encoder = this.#borrow(
      () => this.pathText(target) + formatPathStep(key),
      restoreBuiltIns(),
    );
    try {
      this.#encodeSet(encoder, target, key, value);
      encoder.bodies();
      const isSet = this.#replica.withLock(() => {
        if (!Object.is(target[key], expected)) return false;
        this.#replica.append(encoder);
        return true;
      });
      if (isSet) this.#reportWrite(target, key);
      return isSet;
    } finally {
      this.#return(encoder);
    }
  }

  /** Deletes a property or an index. */
  delete(target: object, key: string | number): void {
    this.#write(target, Op.delete, (encoder) => encoder.propertyKey(key), { shrinks: true });
    if (target === this.#replica.root) this.#reportWrite(target, key);
  }

  /** Deletes all properties of an object, in one operation. */
  clear(target: object): void {
    this.#write(target, Op.clear, () => {}, { shrinks: true });
  }

  /** Sets an array's length. */
  setLength(target: object, length: number): void {
    this.#write(target, Op.length, (encoder) => encoder.u32(length), { shrinks: true });
  }

  /** Calls a method as one operation, and returns its result. */
  call(
    target: object,
    method: MethodId,
    name: string,
    args: readonly unknown[],
    options?: WriteOptions,
  ): unknown {
    const write = (encoder: ValueEncoder) => {
      encoder.u8(method);
      encoder.u32(args.length);
      for (const arg of args) encoder.value(arg);
    };
    return this.#write(target, Op.call, write, options, name);
  }

  /**
   * Rearranges an array.
   *
   * @param order Returns the source index of each index; undefined when the array has changed. It
   * is called under the lock, and may not run user code.
   * @returns whether the array was rearranged.
   */
  permute(target: unknown[], order: () => readonly number[] | undefined): boolean {
    return this.#replica.withLock(() => {
      const indexes = order();
      if (indexes === undefined) return false;
      const encoder = this.#borrow(() => "state", restoreBuiltIns());
      try {
        encoder.u8(Op.permute);
        encoder.id(this.#replica.idOf(target));
        encoder.u32(indexes.length);
        for (const index of indexes) encoder.u32(index);
        this.#replica.append(encoder, { growth: 0 });
      } finally {
        this.#return(encoder);
      }
      this.#reportWrite(target);
      return true;
    });
  }

  /** Encodes the record of a property or an index, without bodies. */
  #encodeSet(encoder: ValueEncoder, target: object, key: string | number, value: unknown): void {
    encoder.u8(Op.set);
    encoder.id(this.#replica.idOf(target));
    encoder.propertyKey(key);
    encoder.value(value);
  }

  /** Returns the path of an object of the state, for a message. */
  pathText(target: object): string {
    const path = this.#replica.pathTo(target);
    if (path === undefined) return "state.<detached>";
    let text = "state";
    for (const [holder, key] of path) {
      text += holder instanceof Map ? `.get(${String(key)})` : formatPathStep(key);
    }
    return text;
  }

  #write(
    target: object,
    op: number,
    write: (encoder: ValueEncoder) => void,
    options: WriteOptions = {},
    name = "",
  ): unknown {
    const encoder = this.#borrow(() => `${this.pathText(target)}.${name}(…)`, restoreBuiltIns());
    try {
      encoder.u8(op);
      encoder.id(this.#replica.idOf(target));
      write(encoder);
      encoder.bodies();
      const result = this.#replica.commit(encoder, options);
      if (target !== this.#replica.root) this.#reportWrite(target);
      if (result !== NO_ROOM) return result;
    } finally {
      this.#return(encoder);
    }
    throw new RangeError(
      Array.isArray(target) ? "Invalid array length" : "Map or Set maximum size exceeded",
    );
  }

  /** @param key The key, if the target is the root. Writes of results are not reported. */
  #reportWrite(target: object, key?: string | number): void {
    if (this.onWrite === undefined || target === this.#replica.results) return;
    const topKey = target === this.#replica.root ? String(key) : topKeyOf(target);
    if (topKey !== undefined) this.onWrite(topKey);
  }

  /**
   * Returns the thread's encoder; a new one if a getter writes while its value is being encoded.
   */
  #borrow(origin: () => string, replaced: ReplacedBuiltIns | undefined): ValueEncoder {
    const encoder = this.#isBorrowed ? new ValueEncoder(this.#replica) : this.#encoder;
    this.#isBorrowed = true;
    encoder.begin(origin);
    encoder.replacedBuiltIns = replaced;
    return encoder;
  }

  /** Returns the encoder, without its content, which may be large. */
  #return(encoder: ValueEncoder): void {
    encoder.rewind();
    if (encoder === this.#encoder) this.#isBorrowed = false;
    if (encoder.replacedBuiltIns !== undefined) reinstate(encoder.replacedBuiltIns);
  }
}

function bytesOf(content: PackedContent): Uint8Array<ArrayBuffer> {
  for (;;) {
    const bytes = new Uint8Array(content.byteLength);
    if (content.writeTo(bytes)) return bytes;
  }
}
