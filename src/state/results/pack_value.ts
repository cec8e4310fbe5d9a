/**
 * Packs one value into bytes: see packed_layout.ts. Getters and Proxies of the user run here, so no
 * lock may be held; a failure leaves nothing behind.
 */

import { errorProperties } from "../log/error_properties.ts";
import { forEachItem } from "../log/for_each_item.ts";
import { reinstate, restoreAll, restoreBuiltIns } from "../log/intrinsics.ts";
import { bytesOf, isDetached } from "../log/opaque_values.ts";
import { type Binary, isErrorKind, isLeaf, Kind, kindOf } from "../log/value_kinds.ts";
import type { PackedContent } from "../log/packed_value.ts";
import { ObjectTag, unwrapProxy } from "../replica/object_tag.ts";
import type { Replica } from "../replica/replica.ts";
import { snapshot } from "../replica/snapshot.ts";
import { pathStep, rejectSymbols, unshareableError } from "../replica/value_encoder.ts";
import { NESTING_MAX, SHAPE_KEYS_MAX, SHAPES_MAX, Tag } from "./packed_layout.ts";
import { PackedSink } from "./packed_sink.ts";

const mapEntries = Map.prototype.entries;
const setMembers = Set.prototype.values;

/** The keys of objects of one shape. */
interface Shape {
  readonly keys: readonly string[];
  readonly number: number;
  /** Maximum length of the keys in the log, which has them in each object. */
  readonly keyBytes: number;
}

/** An object whose content follows after the value. */
interface Deferred {
  readonly object: object;
  readonly kind: number;
  readonly path: Path;
}

/** The members that lead to an object, for the path in an error. */
interface Path {
  readonly before: Path | undefined;
  readonly kinds: readonly number[];
  readonly keys: readonly unknown[];
}

/**
 * Packs a value.
 *
 * @param origin The name of the value at the start of the path in an error.
 * @throws {StateCloneError} for a value that cannot be shared.
 */
export function packValue(value: unknown, origin: string): PackedContent {
  const replaced = restoreBuiltIns();
  try {
    return new ValuePacker(origin).pack(value);
  } finally {
    if (replaced !== undefined) reinstate(replaced);
  }
}

/**
 * Packs a value of the state, whose objects get ids when it is written.
 *
 * @returns undefined if it includes an object of the state, which has an id already.
 */
export function packObjects(value: object, origin: string): PackedSink | undefined {
  const replaced = restoreBuiltIns();
  try {
    return new ValuePacker(origin, true).pack(value);
  } catch (error) {
    if (error === HAS_SHARED) return undefined;
    throw error;
  } finally {
    if (replaced !== undefined) reinstate(replaced);
  }
}

/** Maximum number of keys of an object that are looked at: a large part is among the first ones. */
const CHECKED_KEYS = 8;

/** Whether a value, or a property of it, has at least this number of items. Runs no getter. */
export function isLarge(value: object, items: number): boolean {
  if (isLargeList(value, items)) return true;
  if (Object.getPrototypeOf(value) !== Object.prototype) return false;
  const keys = Object.keys(value);
  for (let index = 0; index < keys.length && index < CHECKED_KEYS; index++) {
    const part: unknown = Object.getOwnPropertyDescriptor(value, keys[index]!)?.value;
    if (typeof part === "object" && part !== null && isLargeList(part, items)) return true;
  }
  return keys.length >= items;
}

function isLargeList(value: object, items: number): boolean {
  if (Array.isArray(value)) return value.length >= items;
  return (value instanceof Map || value instanceof Set) && value.size >= items;
}

/** Thrown where a value includes an object of the state. */
const HAS_SHARED = Symbol("has shared objects");

class ValuePacker {
  readonly #body = new PackedSink();
  readonly #origin: string;
  readonly #keepsShared: boolean;
  readonly #visited = new Map<object, number>();
  #shapes: Map<string, Shape> | undefined;
  #shapeCount = 0;
  #shape: Shape = NO_SHAPE;
  readonly #deferred: Deferred[] = [];
  #depth = 0;
  #before: Path | undefined;
  readonly #kinds: number[] = [];
  readonly #keys: unknown[] = [];

  /** @param keepsShared Whether objects of the state would have to stay the same objects. */
  constructor(origin: string, keepsShared = false) {
    this.#keepsShared = keepsShared;
    this.#origin = origin;
  }

  pack(value: unknown): PackedSink {
    this.#value(value);
    for (let next = 0; next < this.#deferred.length; next++) {
      const { object, kind, path } = this.#deferred[next]!;
      this.#before = path;
      this.#content(kind, object);
    }
    this.#body.objectCount = this.#visited.size;
    this.#body.end();
    return this.#body;
  }

  #value(value: unknown): void {
    switch (typeof value) {
      case "string":
        return this.#body.text(value);
      case "number":
        return this.#body.number(value);
      case "object":
        return value === null ? this.#body.u8(Tag.null) : this.#object(value);
      case "boolean":
        return this.#body.u8(value ? Tag.true : Tag.false);
      case "undefined":
        return this.#body.u8(Tag.undefined);
      case "bigint":
        this.#body.u8(Tag.bigint);
        return this.#body.text(value.toString(16));
      default:
        return this.#refuse(value);
    }
  }

  #object(value: object): void {
    const shared = sharedObject(value);
    if (shared !== undefined && this.#keepsShared) throw HAS_SHARED;
    const object = shared ?? value;
    const seen = this.#visited.get(object);
    if (seen !== undefined) {
      this.#body.u8(Tag.seen);
      return this.#body.varint(seen);
    }
    const kind = kindOf(object);
    if (kind === Kind.none) this.#refuse(object);
    this.#visited.set(object, this.#visited.size);
    if (isLeaf(kind)) return this.#leaf(kind, object);
    if (kind <= Kind.nullObject && ownerOf(object) === undefined) {
      rejectSymbols(object, () => this.#pathText());
    }
    if (this.#depth >= NESTING_MAX) return this.#defer(kind, object);
    if (kind !== Kind.object) {
      this.#body.u8(Tag.object);
      this.#body.u8(kind);
    }
    this.#content(kind, object);
  }

  #defer(kind: number, object: object): void {
    this.#body.u8(Tag.deferred);
    this.#body.u8(kind);
    this.#deferred.push({ object, kind, path: this.#path() });
  }

  #content(kind: number, object: object): void {
    const content = contentOf(object);
    this.#depth++;
    if (kind === Kind.array) this.#items(content as unknown[]);
    else if (kind === Kind.object) this.#shaped(content as Record<string, unknown>);
    else this.#entries(kind, entriesOf(kind, content));
    this.#depth--;
  }

  #shaped(object: Record<string, unknown>): void {
    const keys = Object.keys(object);
    const shape = this.#shapeOf(keys);
    const body = this.#body;
    if (shape === undefined) {
      body.u8(Tag.object);
      body.u8(Kind.object);
      return this.#entries(Kind.object, keys.map((key) => [key, object[key]]));
    }
    body.keyBytes += shape.keyBytes;
    if (shape.number === this.#shapeCount) this.#defineShape(keys);
    else {
      body.u8(Tag.shaped);
      body.varint(shape.number);
    }
    for (let index = 0; index < keys.length; index++) {
      const key = shape.keys[index]!;
      this.#member(Kind.object, key, object[key]);
    }
  }

  /** Returns the shape with these keys, a new one with the next number; undefined: too many. */
  #shapeOf(keys: readonly string[]): Shape | undefined {
    if (hasKeys(this.#shape, keys)) return this.#shape;
    if (keys.length > SHAPE_KEYS_MAX) return undefined;
    const shapes = this.#shapes ??= new Map();
    const text = keys.join();
    const known = shapes.get(text);
    if (known !== undefined && hasKeys(known, keys)) return this.#shape = known;
    if (this.#shapeCount === SHAPES_MAX) return undefined;
    const shape = { keys, number: this.#shapeCount, keyBytes: 5 * keys.length + 3 * text.length };
    shapes.set(text, shape);
    return this.#shape = shape;
  }

  #defineShape(keys: readonly string[]): void {
    this.#shapeCount++;
    this.#body.u8(Tag.newShape);
    this.#body.varint(keys.length);
    for (const key of keys) this.#body.text(key);
  }

  #items(list: readonly unknown[]): void {
    const count = list.length >>> 0;
    this.#body.varint(count);
    let next = 0;
    forEachItem(list, (item, index) => {
      if (index > next) this.#holes(index - next);
      next = index + 1;
      this.#member(Kind.array, index, item);
    }, count);
    if (next < count) this.#holes(count - next);
  }

  #holes(count: number): void {
    this.#body.u8(Tag.holes);
    this.#body.varint(count);
  }

  #entries(kind: number, entries: readonly (readonly unknown[])[]): void {
    this.#body.varint(entries.length);
    for (const entry of entries) {
      const key = entry.length === 1 ? "<member>" : entry[0];
      for (const part of entry) this.#member(kind, key, part);
    }
  }

  #member(kind: number, key: unknown, value: unknown): void {
    switch (typeof value) {
      case "object":
      case "function":
      case "symbol":
        this.#kinds[this.#depth - 1] = kind;
        this.#keys[this.#depth - 1] = key;
    }
    this.#value(value);
  }

  #leaf(kind: number, leaf: object): void {
    const body = this.#body;
    if (kind >= Kind.binary && isDetached(leaf as Binary)) this.#refuse(leaf);
    body.u8(Tag.leaf);
    body.u8(kind);
    // Only built-in methods read the content: a user's subclass may return something else.
    if (kind === Kind.date) return body.f64(Date.prototype.getTime.call(leaf));
    if (kind === Kind.regexp) {
      const replaced = restoreAll();
      const { source, flags } = new RegExp(leaf as RegExp);
      reinstate(replaced);
      this.#body.text(source);
      return this.#body.text(flags);
    }
    body.binary(bytesOf(leaf as Binary));
  }

  #refuse(value: unknown): never {
    throw unshareableError(this.#pathText(), value);
  }

  #path(): Path {
    return {
      before: this.#before,
      kinds: this.#kinds.slice(0, this.#depth),
      keys: this.#keys.slice(0, this.#depth),
    };
  }

  #pathText(): string {
    let text = "";
    for (let part: Path | undefined = this.#path(); part !== undefined; part = part.before) {
      const { keys } = part;
      text = part.kinds.map((kind, index) => pathStep(kind, keys[index])).join("") + text;
    }
    return this.#origin + text;
  }
}

const NO_SHAPE: Shape = { keys: [], number: -1, keyBytes: 0 };

/** Returns the object of the state behind a view, up to date; undefined for any other object. */
function sharedObject(value: object): object | undefined {
  const raw = unwrapProxy(value);
  if (raw !== undefined) ownerOf(raw)?.cursor.sync();
  return raw;
}

/** Returns the object with the members to pack: results are not in their object. */
function contentOf(object: object): object {
  return ownerOf(object)?.results === object ? snapshot(object) : object;
}

function ownerOf(object: object): Pick<Replica, "cursor" | "results"> | undefined {
  return ObjectTag.ownerOf(object) as Replica | undefined;
}

function hasKeys(shape: Shape, keys: readonly string[]): boolean {
  const known = shape.keys;
  if (known.length !== keys.length || shape === NO_SHAPE) return false;
  for (let index = 0; index < keys.length; index++) {
    if (known[index] !== keys[index]) return false;
  }
  return true;
}

function entriesOf(kind: number, object: object): readonly (readonly unknown[])[] {
  if (kind === Kind.map) return [...mapEntries.call(object as Map<unknown, unknown>)];
  if (kind === Kind.set) {
    return [...setMembers.call(object as Set<unknown>)].map((member) => [member]);
  }
  if (isErrorKind(kind)) return errorProperties(object as Error, kind);
  return Object.keys(object).map((key) => [key, (object as Record<string, unknown>)[key]]);
}
