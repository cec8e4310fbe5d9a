/**
 * Encoding of a graph of objects. An object is written where it is first visited as a reference
 * (kind and id); its members follow in a record of their own, the body. So cycles and aliases need
 * no special treatment, and a chain of a million objects needs no recursion.
 */

import { ByteWriter } from "./byte_writer.ts";
import { errorProperties } from "./error_properties.ts";
import { forEachItem } from "./for_each_item.ts";
import type { PackedContent, PackedObjects } from "./packed_value.ts";
import { isErrorKind, Kind, Op, Tag } from "./value_kinds.ts";
import { writeLeaf } from "./opaque_values.ts";

/** A visited object, and the member through which it was first reached. */
export interface VisitedObject {
  readonly object: object;
  readonly id: number;
  readonly kind: number;
  readonly parent: VisitedObject | undefined;
  readonly key: unknown;
}

/** Built-in methods: the object itself may have others under these names. */
const mapEntries = Map.prototype.entries;
const setMembers = Set.prototype.values;

/** Encodes values, and after them the bodies of the objects that they refer to. */
export abstract class ObjectGraphWriter extends ByteWriter {
  /** Visited objects. */
  readonly #visited = new Map<object, VisitedObject>();
  readonly #pending: VisitedObject[] = [];
  /** The object whose member is being written, and its key: for the path in an error. */
  protected parent: VisitedObject | undefined = undefined;
  protected key: unknown = undefined;

  override rewind(): void {
    super.rewind();
    this.parent = undefined;
    if (this.#visited.size === 0) return;
    this.#visited.clear();
    this.#pending.length = 0; // of a value that was refused
  }

  /** Writes a tag and a value. */
  value(value: unknown): void {
    switch (typeof value) {
      case "number":
        return this.number(value);
      case "string":
        return this.string(value);
      case "undefined":
        return this.u8(Tag.undefined);
      case "boolean":
        return this.u8(value ? Tag.true : Tag.false);
      case "bigint":
        return this.#bigint(value);
      case "object":
        return value === null ? this.u8(Tag.null) : this.object(value);
      default:
        return this.refuse(value);
    }
  }

  /** Writes an object in the place of a value. */
  protected abstract object(value: object): void;

  /** Called for a function or a symbol. */
  protected abstract refuse(value: unknown): void;

  /** Returns the record of an earlier visit; undefined at the first one. */
  protected visited(object: object): VisitedObject | undefined {
    return this.#visited.size === 0 ? undefined : this.#visited.get(object);
  }

  /** Writes a packed value in the place of a value. */
  packed(content: PackedContent): void {
    this.u8(Tag.packed);
    const { length: start } = this;
    do {
      this.length = start;
      this.u32(content.byteLength);
    } while (!content.writeTo(this.reserve(content.byteLength)));
  }

  /** Writes packed objects in the place of a value. */
  packedObjects({ firstId, count, bytes }: PackedObjects): void {
    this.u8(Tag.packedObjects);
    this.id(firstId);
    this.u32(count);
    this.blob(bytes);
  }

  /** Writes a reference. */
  protected reference(kind: number, id: number): void {
    this.u8(Tag.reference);
    this.u8(kind);
    this.id(id);
  }

  /**
   * Writes an object at its first visit: a leaf whole, any other as a reference with a body to
   *               follow.
   */
  protected firstVisit(object: object, kind: number, id: number, isLeaf: boolean): void {
    const visit: VisitedObject = { object, id, kind, parent: this.parent, key: this.key };
    this.#visited.set(object, visit);
    if (isLeaf) {
      this.u8(Tag.leaf);
      this.u8(kind);
      this.id(id);
      writeLeaf(this, kind, object);
    } else {
      this.reference(kind, id);
      this.#pending.push(visit);
    }
  }

  /** Enqueues the body of an object that no value here refers to. */
  protected enqueueBody(object: object, kind: number, id: number): void {
    const visit: VisitedObject = { object, id, kind, parent: undefined, key: undefined };
    this.#visited.set(object, visit);
    this.#pending.push(visit);
  }

  /** Writes the pending bodies, and those that become pending meanwhile. */
  bodies(): void {
    for (let next = 0; next < this.#pending.length; next++) {
      const visit = this.#pending[next]!;
      this.parent = visit;
      this.u8(Op.body);
      this.u8(visit.kind);
      this.id(visit.id);
      this.#members(visit.kind, visit.object);
    }
    this.#pending.length = 0;
    this.parent = undefined;
  }

  #members(kind: number, object: object): void {
    switch (kind) {
      case Kind.object:
      case Kind.nullObject:
        return this.#properties(object as Record<string, unknown>);
      case Kind.array:
        return this.#items(object as unknown[]);
      case Kind.map:
        return this.#entries([...mapEntries.call(object as Map<unknown, unknown>)]);
      case Kind.set:
        return this.#entries([...setMembers.call(object as Set<unknown>)].map((it) => [it]));
      default:
        if (isErrorKind(kind)) this.#entries(errorProperties(object as Error, kind));
    }
  }

  #properties(object: Record<string, unknown>): void {
    const keys = Object.keys(object);
    this.u32(keys.length);
    for (const key of keys) {
      this.string(key);
      this.key = key;
      this.value(object[key]);
    }
  }

  #entries(entries: unknown[][]): void {
    this.u32(entries.length);
    for (const entry of entries) {
      this.key = entry.length === 1 ? "<member>" : entry[0];
      for (const part of entry) this.value(part);
    }
  }

  #items(list: unknown[]): void {
    const count = list.length >>> 0;
    let next = 0;
    this.u32(count);
    const write = (item: unknown, index: number): void => {
      if (index > next) this.#holes(index - next);
      next = index + 1;
      this.key = index;
      this.value(item);
    };
    forEachItem(list, write, count);
    if (next < count) this.#holes(count - next);
  }

  #holes(count: number): void {
    this.u8(Tag.holes);
    this.u32(count);
  }

  #bigint(value: bigint): void {
    this.u8(Tag.bigint);
    this.u8(value < 0n ? 1 : 0);
    this.string((value < 0n ? -value : value).toString(16));
  }
}
