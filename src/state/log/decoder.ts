/** Decoding of values and bodies from the log into a replica's objects. */

import { InternalError } from "../../base/assert.ts";
import { ByteReader } from "./byte_reader.ts";
import { clearError, emptyError, setErrorPart } from "./error_properties.ts";
import { isErrorKind, Kind, Tag } from "./value_kinds.ts";
import { readLeaf } from "./opaque_values.ts";
import { PackedObjects, PackedValue } from "./packed_value.ts";

/** Resolves ids to a replica's objects. */
export interface ObjectResolver {
  /** Returns the object with this id, if known; from now on it counts as known to all threads. */
  find(id: number): object | undefined;
  /** Adds a new object. */
  add(id: number, kind: number, object: object): object;
  /** Adds packed objects. Returns those that have the same ids already, if there are any. */
  addPacked?(packed: PackedObjects): PackedObjects;
}

/** An object or an array as a record of its properties. */
export type Properties = Record<string | number, unknown>;

/** Decodes values and bodies into a replica's objects. */
export class Decoder extends ByteReader {
  readonly #resolver: ObjectResolver;

  constructor(table: ObjectResolver) {
    super();
    this.#resolver = table;
  }

  /** Decodes a value. */
  value(): unknown {
    const tag = this.u8();
    switch (tag) {
      case Tag.undefined:
        return undefined;
      case Tag.null:
        return null;
      case Tag.true:
        return true;
      case Tag.false:
        return false;
      case Tag.int32:
        return this.i32();
      case Tag.float64:
        return this.f64();
      case Tag.bigint:
        return this.#bigint();
      case Tag.reference:
        return this.#object(this.u8(), this.id());
      case Tag.leaf:
        return this.#leaf(this.u8(), this.id());
      case Tag.packed:
        return new PackedValue(this.blob());
      case Tag.packedObjects:
        return this.#packedObjects();
      default:
        return this.text(tag);
    }
  }

  /** Decodes an object's members and replaces its current ones in place. */
  body(): void {
    const kind = this.u8();
    const object = this.#object(kind, this.id());
    switch (kind) {
      case Kind.object:
      case Kind.nullObject:
        return this.#properties(object as Properties);
      case Kind.array:
        return this.#items(object as unknown[]);
      case Kind.map:
        return this.#map(object as Map<unknown, unknown>);
      case Kind.set:
        return this.#set(object as Set<unknown>);
      default:
        return this.#error(object as Error);
    }
  }

  #object(kind: number, id: number): object {
    return this.#resolver.find(id) ?? this.#resolver.add(id, kind, createEmpty(kind));
  }

  #leaf(kind: number, id: number): object {
    // The content is read in any case, to advance to the next value.
    const leaf = readLeaf(this, kind);
    return this.#resolver.find(id) ?? this.#resolver.add(id, kind, leaf);
  }

  #packedObjects(): PackedObjects {
    const packed = new PackedObjects(this.id(), this.u32(), this.blob());
    return this.#resolver.addPacked?.(packed) ?? packed;
  }

  #bigint(): bigint {
    const negative = this.u8() === 1;
    const size = BigInt("0x" + this.text(this.u8()));
    return negative ? -size : size;
  }

  #properties(object: Properties): void {
    const count = this.u32();
    const old = Object.keys(object);
    if (old.length > 0) return this.#replaceProperties(object, old, count);
    for (let index = 0; index < count; index++) {
      const key = this.key();
      setProperty(object, key, this.value());
    }
  }

  /** Keeps the object's shape if its keys are equal; otherwise rebuilds the order of its keys. */
  #replaceProperties(object: Properties, old: string[], count: number): void {
    const entries: [string | number, unknown][] = [];
    for (let index = 0; index < count; index++) entries.push([this.key(), this.value()]);
    const same = old.length === count && entries.every(([key], index) => key === old[index]);
    if (!same) { for (const key of old) delete object[key]; }
    for (const [key, value] of entries) setProperty(object, key, value);
  }

  #items(list: unknown[]): void {
    const count = this.u32();
    list.length = 0;
    for (let index = 0; index < count; index++) {
      const start = this.position;
      if (this.u8() === Tag.holes) {
        index += this.u32() - 1;
      } else {
        this.position = start;
        list[index] = this.value();
      }
    }
    if (list.length !== count) list.length = count;
  }

  /**
   * Keeps the common prefix of entries, so that an iteration in progress continues; rebuilds the
   * order from the first difference on.
   */
  #map(map: Map<unknown, unknown>): void {
    const count = this.u32();
    let old: unknown[] | undefined = map.size > 0 ? [...map.keys()] : undefined;
    for (let index = 0; index < count; index++) {
      const key = this.value();
      const value = this.value();
      if (old !== undefined && !isSame(old[index], key)) {
        for (const stale of old.slice(index)) map.delete(stale);
        old = undefined;
      }
      map.set(key, value);
    }
    if (old !== undefined) { for (const stale of old.slice(count)) map.delete(stale); }
  }

  #set(set: Set<unknown>): void {
    const count = this.u32();
    let old: unknown[] | undefined = set.size > 0 ? [...set] : undefined;
    for (let index = 0; index < count; index++) {
      const member = this.value();
      if (old !== undefined && !isSame(old[index], member)) {
        for (const stale of old.slice(index)) set.delete(stale);
        old = undefined;
      }
      set.add(member);
    }
    if (old !== undefined) { for (const stale of old.slice(count)) set.delete(stale); }
  }

  #error(error: Error): void {
    clearError(error);
    const count = this.u32();
    for (let index = 0; index < count; index++) {
      const key = this.text(this.u8());
      setErrorPart(error, key, this.value());
    }
  }
}

/** Sets an own property, also for `__proto__` and for keys of a frozen prototype. */
export function setProperty(object: Properties, key: string | number, value: unknown): void {
  if (key !== "__proto__") {
    try {
      object[key] = value;
      return;
    } catch {
      // `toString`, where a module has frozen Object.prototype
    }
  }
  const options = { enumerable: true, writable: true, configurable: true };
  Object.defineProperty(object, key, { value, ...options });
}

/**
 * Whether two keys are equal for a Map, where NaN equals itself. Past its end a list gives
 * undefined.
 */
function isSame(a: unknown, b: unknown): boolean {
  return a === b || (a !== a && b !== b);
}

function createEmpty(kind: number): object {
  const empty = createEmptyOrUndefined(kind);
  if (empty === undefined) {
    throw new InternalError(`The log mentions an unknown object of kind ${kind}`);
  }
  return empty;
}

/** Creates an empty object of a kind that has members; undefined for any other kind. */
export function createEmptyOrUndefined(kind: number): object | undefined {
  switch (kind) {
    case Kind.object:
      return {};
    case Kind.nullObject:
      return Object.create(null);
    case Kind.array:
      return [];
    case Kind.map:
      return new Map();
    case Kind.set:
      return new Set();
  }
  return isErrorKind(kind) ? emptyError(kind) : undefined;
}
