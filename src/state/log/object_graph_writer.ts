/**
 * Writes values and, after them, the bodies of the objects they mention. An object is written
 * where it is met as a reference (kind and id); its members follow as a record of their own. So
 * cycles and aliases need no thought, and a chain of a million objects needs no stack.
 */

import { ByteWriter } from "./byte_writer.ts";
import { errorProperties } from "./error_properties.ts";
import { forEachItem } from "./sparse_items.ts";
import { isErrorKind, Kind, Op, Tag } from "./value_kinds.ts";
import { writeLeaf } from "./opaque_values.ts";

/** An object whose body is still to be written, and where it was met. */
export interface VisitedObject {
  readonly object: object;
  readonly id: number;
  readonly kind: number;
  readonly parent: VisitedObject | undefined;
  readonly key: unknown;
}

/** The language's own: what a Map says of itself may be anything. */
const mapEntries = Map.prototype.entries;
const setMembers = Set.prototype.values;

/** See the head of this file. */
export abstract class ObjectGraphWriter extends ByteWriter {
  /** Objects met so far, and the order in which bodies are due. */
  readonly #visited = new Map<object, VisitedObject>();
  readonly #pending: VisitedObject[] = [];
  /** Whose member is being written, and which: for the path in an error. */
  protected parent: VisitedObject | undefined = undefined;
  protected key: unknown = undefined;

  override rewind(): void {
    super.rewind();
    this.parent = undefined;
    if (this.#visited.size === 0) return;
    this.#visited.clear();
    this.#pending.length = 0; // of what was refused
  }

  /** Writes a value with its tag. */
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

  /** Writes an object where a value is due. */
  protected abstract object(value: object): void;

  /** Called for a function or a symbol. */
  protected abstract refuse(value: unknown): void;

  /** What was noted when the object was met before. */
  protected visited(object: object): VisitedObject | undefined {
    return this.#visited.size === 0 ? undefined : this.#visited.get(object);
  }

  /** Writes a reference. */
  protected reference(kind: number, id: number): void {
    this.u8(Tag.reference);
    this.u8(kind);
    this.id(id);
  }

  /** Writes an object that is met for the first time: a leaf whole, any other with its body due. */
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

  /** Notes an object whose body is due although no value mentions it here. */
  protected enqueueBody(object: object, kind: number, id: number): void {
    const visit: VisitedObject = { object, id, kind, parent: undefined, key: undefined };
    this.#visited.set(object, visit);
    this.#pending.push(visit);
  }

  /** Writes the bodies that are due, and those due because of them. */
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
