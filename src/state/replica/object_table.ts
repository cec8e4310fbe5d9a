/**
 * Which object has which id in one thread's replica.
 *
 * `known` holds the same ids in every replica that has read the log up to the same place: objects
 * enter it with the record that mentions them, and leave it when a sweep, which every replica does
 * at the same places of the log, cannot reach them from the root. So a writer can tell by a look
 * whether all others know an object. What was swept but may still be in the hands of user code is kept
 * weakly, so that it stays the same object if it comes back.
 */

import { forEachItem } from "../log/sparse_items.ts";
import { isLeaf, Kind } from "../log/value_kinds.ts";
import { sealOpaque } from "../log/opaque_values.ts";
import { ObjectTag } from "./object_tag.ts";
import type { ObjectResolver } from "../log/decoder.ts";

const MIN_SWEEP_SIZE = 2000;

/** See the head of this file. */
export class ObjectTable implements ObjectResolver {
  readonly #owner: object;
  readonly #known = new Map<number, object>();
  readonly #weak = new Map<number, WeakRef<object>>();
  /** Those of them that records have been about since the last sweep: there may be something new in them. */
  readonly #changed = new Set<object>();
  readonly #roots: object[] = [];
  #sweepAt = MIN_SWEEP_SIZE;
  /** A sweep has begun: if there is no stack left in the middle of it, it is done again. */
  #isSweeping = false;
  #pruneAt = MIN_SWEEP_SIZE;

  constructor(owner: object) {
    this.#owner = owner;
  }

  /** How many objects are known. */
  get size(): number {
    return this.#known.size;
  }

  /** Enters an object that is never swept. */
  addRoot<T extends object>(id: number, kind: number, object: T): T {
    this.add(id, kind, object);
    this.#roots.push(object);
    return object;
  }

  add(id: number, kind: number, object: object): object {
    ObjectTag.put(object, this.#owner, id, kind);
    if (isLeaf(kind)) sealOpaque(kind, object);
    this.#known.set(id, object);
    return object;
  }

  find(id: number): object | undefined {
    const object = this.#known.get(id);
    if (object !== undefined || this.#weak.size === 0) return object;
    const revived = this.#weak.get(id)?.deref();
    if (revived === undefined) return undefined;
    this.#weak.delete(id);
    this.#known.set(id, revived);
    return revived;
  }

  /** The object a record is about, which does not make it known. */
  peek(id: number): object | undefined {
    const object = this.#known.get(id);
    if (object !== undefined || this.#weak.size === 0) return object;
    const revived = this.#weak.get(id)?.deref();
    if (revived !== undefined) this.#changed.add(revived);
    return revived;
  }

  /** Whether every replica knows this id at this place of the log. */
  isKnown(id: number): boolean {
    return this.#known.has(id);
  }

  /** Makes an object of ours known again. */
  readmit(object: object): void {
    const id = ObjectTag.idOf(object, this.#owner);
    this.#weak.delete(id);
    this.#known.set(id, object);
  }

  /** Sweeps when there are twice as many as were left last time. Called after every batch. */
  sweepIfDue(): void {
    if (this.#known.size > this.#sweepAt || this.#isSweeping) this.sweep();
  }

  /** Lets go of objects that the root does not reach. */
  sweep(): void {
    this.#isSweeping = true;
    const reached = this.#reachableFrom(this.#roots);
    const dropped: object[] = [];
    // What user code has never looked at may still be in its hands: within an object that it holds.
    const held = [...this.#changed];
    for (const object of this.#known.values()) {
      if (reached.has(object)) continue;
      dropped.push(object);
      if (ObjectTag.proxyOf(object) !== undefined) held.push(object);
    }
    const heldByUser = this.#reachableFrom(held);
    for (const object of dropped) {
      const id = ObjectTag.idOf(object, this.#owner);
      if (heldByUser.has(object)) this.#weak.set(id, new WeakRef(object));
      this.#known.delete(id);
    }
    this.#changed.clear();
    this.#sweepAt = Math.max(MIN_SWEEP_SIZE, 2 * this.#known.size);
    if (this.#weak.size > this.#pruneAt) this.#prune();
    this.#isSweeping = false;
  }

  /** Takes every object but the roots to be known to nobody, and in the hands of user code. */
  weakenAll(): void {
    for (const [id, object] of this.#known) {
      if (this.#roots.includes(object)) continue;
      this.#known.delete(id);
      this.#weak.set(id, new WeakRef(object));
    }
    this.#changed.clear();
    this.#sweepAt = MIN_SWEEP_SIZE;
    this.#isSweeping = false;
  }

  #prune(): void {
    for (const [id, weak] of this.#weak) {
      if (weak.deref() === undefined) this.#weak.delete(id);
    }
    this.#pruneAt = Math.max(MIN_SWEEP_SIZE, 2 * this.#weak.size);
  }

  #reachableFrom(from: readonly object[]): Set<object> {
    const reached = new Set<object>(from);
    const visit = (value: unknown) => {
      if (typeof value === "object" && value !== null && ObjectTag.idOf(value, this.#owner) !== 0) {
        reached.add(value);
      }
    };
    // A Set visits what is added to it during the visit.
    for (const object of reached) forEachMember(object, visit);
    return reached;
  }

  /** The path from the root to an object, as pairs of holder and key; undefined if there is none. */
  pathTo(target: object): [holder: object, key: unknown][] | undefined {
    const from = new Map<object, [object, unknown] | undefined>();
    for (const root of this.#roots) from.set(root, undefined);
    for (const object of from.keys()) {
      if (object === target) break;
      forEachMember(object, (value, key) => {
        if (typeof value === "object" && value !== null && !from.has(value)) {
          from.set(value, [object, key]);
        }
      });
    }
    if (!from.has(target)) return undefined;
    const path: [object, unknown][] = [];
    for (let step = from.get(target); step !== undefined; step = from.get(step[0])) {
      path.unshift(step);
    }
    return path;
  }
}

/** Calls back with each member of an object of a replica, keys of Maps included. */
function forEachMember(object: object, visit: (value: unknown, key: unknown) => void): void {
  switch (ObjectTag.kindOf(object)) {
    case Kind.array:
      return forEachItem(object as unknown[], visit);
    case Kind.map:
      for (const [key, value] of object as Map<unknown, unknown>) {
        visit(key, "<key>");
        visit(value, key);
      }
      return;
    case Kind.set:
      for (const member of object as Set<unknown>) visit(member, "<member>");
      return;
    case Kind.object:
    case Kind.nullObject:
      for (const key of Object.keys(object)) visit((object as Record<string, unknown>)[key], key);
      return;
  }
  if (!(object instanceof Error)) return;
  for (const key of Object.getOwnPropertyNames(object)) {
    visit((object as unknown as Record<string, unknown>)[key], key);
  }
}
