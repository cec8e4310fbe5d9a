/** Encoding of single values as bytes, outside of any shared state, with identity and cycles. */
import { InternalError } from "../../base/assert.ts";
import { Decoder } from "./decoder.ts";
import { ObjectGraphWriter } from "./object_graph_writer.ts";
import { isLeaf, Kind, kindOf, Op, Tag } from "./value_kinds.ts";
import { unwrapProxy } from "../replica/object_tag.ts";

/**
 * Encodes a value that the shared state can hold.
 *
 * @param value An ordinary value, or a view of the shared state.
 * @throws {InternalError} when the value cannot be shared.
 */
export function encodeValue(value: unknown): Uint8Array<ArrayBuffer> {
  const writer = new ValueWriter();
  writer.value(value);
  writer.bodies();
  return writer.content;
}

/** Decodes a value encoded by {@linkcode encodeValue}: an ordinary local value. */
export function decodeValue(bytes: Uint8Array<ArrayBuffer>): unknown {
  const objects = new Map<number, object>();
  return decodeWith(bytes, { find: (id) => objects.get(id), add: (id, it) => objects.set(id, it) });
}

/** A table of objects by id. */
interface Objects {
  find(id: number): object | undefined;
  add(id: number, object: object): void;
}

function decodeWith(bytes: Uint8Array<ArrayBuffer>, { find, add }: Objects): unknown {
  const decoder = new Decoder({
    find,
    add(id, _kind, object) {
      add(id, object);
      return object;
    },
  });
  decoder.attach(bytes);
  const value = decoder.value();
  while (decoder.position < bytes.length) {
    if (decoder.u8() !== Op.body) throw new InternalError("The bytes of a value have no body");
    decoder.body();
  }
  return value;
}

/** Encodes one value; ids number its objects in the order of their first visit. */
class ValueWriter extends ObjectGraphWriter {
  protected lastId = 0;

  protected override object(value: object): void {
    const object = unwrapProxy(value) ?? value;
    const visit = this.visited(object);
    if (visit !== undefined) return this.reference(visit.kind, visit.id);
    const kind = this.kindOf(object);
    this.firstVisit(object, kind, ++this.lastId, isLeaf(kind));
  }

  /** Returns the kind under which an object is written. */
  protected kindOf(object: object): number {
    const kind = kindOf(object);
    if (kind === Kind.none) this.refuse(object);
    return kind;
  }

  protected override refuse(value: unknown): void {
    throw new InternalError(`A value holds a ${typeof value} that cannot be shared`);
  }
}

/** A description of a value of any kind, as plain data. */
export interface ValueDescription {
  /**
   * Bytes in base64, which differ if the values observably differ. An object that an earlier value
   * contains too is a reference to that.
   */
  readonly text: string;
  /** Whether {@linkcode DescribedValues} can recreate the value from these bytes. */
  readonly isShareable: boolean;
  /** Distances to the earlier values that this one refers to: 1 for the previous one. */
  readonly needs: readonly number[];
  /** Whether the value refers to long strings, which are kept separately. */
  readonly hasStrings: boolean;
}

/**
 * Number of ids of one value. Ids of the value at distance n are written plus n times this number.
 */
const IDS_PER_VALUE = 2 ** 24;
/** The first id of long strings. */
const FIRST_STRING_ID = 2 ** 47;
/** Minimum length of strings that are kept once, however many values have them. */
const LONG_STRING_LENGTH = 1_000;

/**
 * Describes a sequence of values; objects in several of them are written once. A value that cannot
 * be shared is described by its observable properties: a function by its source, an instance of a
 * class by its class name, its `Deno.inspect` output and its own properties.
 */
export class ValueDescriber extends ValueWriter {
  /** The long strings of all values described. */
  readonly strings: string[] = [];
  readonly #stringIds = new Map<string, number>();
  readonly #areShareable: boolean[] = [];
  #isShareable = true;
  #hasStrings = false;
  readonly #needs = new Set<number>();

  /** Describes a value of any kind. */
  describe(value: unknown): ValueDescription {
    this.length = 0;
    this.lastId = this.#index * IDS_PER_VALUE;
    this.#isShareable = true;
    this.#hasStrings = false;
    this.#needs.clear();
    try {
      this.value(value);
      this.bodies();
    } catch { // a getter or a proxy: may hide anything, so the value equals no other
      this.rewind();
      this.#opaque(crypto.randomUUID());
    }
    const needs = [...this.#needs];
    const isShareable = this.#isShareable &&
      needs.every((distance) => this.#areShareable[this.#index - distance]);
    const text = this.content.toBase64();
    this.#areShareable.push(isShareable);
    return { text, isShareable, needs, hasStrings: this.#hasStrings };
  }

  get #index(): number {
    return this.#areShareable.length;
  }

  override value(value: unknown): void {
    if (typeof value !== "string" || value.length < LONG_STRING_LENGTH) return super.value(value);
    const id = this.#stringIds.getOrInsertComputed(value, () => this.strings.push(value) - 1);
    this.#hasStrings = true;
    this.u8(Tag.reference);
    this.u8(Kind.object);
    super.id(FIRST_STRING_ID + id);
  }

  override id(id: number): void {
    const distance = this.#index - Math.floor(id / IDS_PER_VALUE);
    if (distance > 0) this.#needs.add(distance);
    super.id(distance * IDS_PER_VALUE + id % IDS_PER_VALUE);
  }

  protected override object(value: object): void {
    if (this.visited(unwrapProxy(value) ?? value) === undefined) this.#describeOpaque(value);
    super.object(value);
  }

  #describeOpaque(value: object): void {
    const kind = kindOf(value);
    const symbols = kind <= Kind.nullObject ? Object.getOwnPropertySymbols(value) : [];
    for (const symbol of symbols) {
      this.#opaque(String(symbol));
      this.value((value as Record<symbol, unknown>)[symbol]);
    }
    if (kind !== Kind.none) return;
    // Whether a promise is settled depends on the time.
    const isPromise = value instanceof Promise;
    this.#opaque(isPromise ? "Promise" : Deno.inspect(value, { depth: 0, iterableLimit: 0 }));
  }

  /** Writes an object that cannot be shared as the built-in class that it extends. */
  protected override kindOf(object: object): number {
    const kind = kindOf(object);
    if (kind !== Kind.none) return kind;
    if (object instanceof Map) return Kind.map;
    if (object instanceof Set) return Kind.set;
    return Array.isArray(object) ? Kind.array : Kind.nullObject;
  }

  protected override refuse(value: unknown): void {
    this.#opaque(String(value));
  }

  #opaque(text: string): void {
    this.#isShareable = false;
    this.string(text);
  }
}

/** Recreates values from their descriptions. Objects in several of them are one object again. */
export class DescribedValues {
  readonly #descriptions: readonly ValueDescription[];
  readonly #strings: readonly string[];
  readonly #objects = new Map<number, object>();
  readonly #values = new Map<number, unknown>();

  constructor(descriptions: readonly ValueDescription[], strings: readonly string[]) {
    this.#descriptions = descriptions;
    this.#strings = strings;
  }

  /** Returns the value of a shareable description. */
  at(index: number): unknown {
    const due = new Set(this.#values.has(index) ? [] : [index]);
    for (const next of due) { // grows during the loop
      for (const distance of this.#descriptions[next]!.needs) {
        if (!this.#values.has(next - distance)) due.add(next - distance);
      }
    }
    for (const next of [...due].sort((a, b) => a - b)) {
      const bytes = Uint8Array.fromBase64(this.#descriptions[next]!.text);
      this.#values.set(next, this.#decode(next, bytes));
    }
    return this.#values.get(index);
  }

  #decode(index: number, bytes: Uint8Array<ArrayBuffer>): unknown {
    const absolute = (id: number) =>
      (index - Math.floor(id / IDS_PER_VALUE)) * IDS_PER_VALUE + id % IDS_PER_VALUE;
    const objects = this.#objects;
    return decodeWith(bytes, {
      find: (id) =>
        id >= FIRST_STRING_ID
          ? this.#strings[id - FIRST_STRING_ID] as unknown as object
          : objects.get(absolute(id)),
      add: (id, object) => objects.set(absolute(id), object),
    });
  }
}
