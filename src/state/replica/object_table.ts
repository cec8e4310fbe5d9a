/**
 * The objects of one thread's replica by id.
 *
 * `known` has the same ids in every replica that has reached the same position of the log: objects
 * enter it with the record that mentions them, and leave it when a sweep cannot reach them from the
 * root. All replicas sweep at the same positions of the log, so a local lookup shows a writer
 * whether all other threads know an object. Swept objects that user code may still hold are kept
 * weakly, so that their identity survives if they return.
 */

import { forEachItem } from "../log/for_each_item.ts";
import { isLeaf, Kind } from "../log/value_kinds.ts";
import { reinstate, restoreBuiltIns } from "../log/intrinsics.ts";
import { PackedObjects } from "../log/packed_value.ts";
import { sealOpaque } from "../log/opaque_values.ts";
import { ObjectTag } from "./object_tag.ts";
import type { ObjectResolver } from "../log/decoder.ts";
import { unpackObjects } from "../results/unpack_value.ts";

/** Number of known objects below which a sweep is not worth its time. */
const MIN_SWEEP_SIZE = 2000;

/** The objects of one thread's replica by id. */
export class ObjectTable implements ObjectResolver {
  readonly #owner: object;
  readonly #known = new Map<number, object>();
  readonly #weak = new Map<number, WeakRef<object>>();
  /** Weakly held objects that records have changed since the last sweep: may have new members. */
  readonly #changed = new Set<object>();
  /** Packed objects that no record has referred into: the same ones in every replica. */
  #packed: PackedObjects[] = [];
  readonly #roots: object[] = [];
  #sweepAt = MIN_SWEEP_SIZE;
  /** Whether a sweep has started: after a stack overflow in the middle of it, it runs again. */
  #isSweeping = false;
  #pruneAt = MIN_SWEEP_SIZE;

  constructor(owner: object) {
    this.#owner = owner;
  }

  /** Number of known objects. */
  get size(): number {
    return this.#known.size;
  }

  /** Adds an object that is never swept. */
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

  addPacked(packed: PackedObjects): PackedObjects {
    const existing = this.packedOf(packed.firstId);
    if (existing !== undefined) return existing;
    packed.unpack = () => unpackObjects(packed, this.#owner);
    this.#packed = [...this.#packed, packed];
    return packed;
  }

  /** Returns the packed objects that have this id; undefined if a record has referred into them. */
  packedOf(id: number): PackedObjects | undefined {
    // A plain loop: no built-in function that a task may have replaced.
    for (let index = 0; index < this.#packed.length; index++) {
      if (this.#packed[index]!.includes(id)) return this.#packed[index];
    }
    return undefined;
  }

  /** Registers the mention of an object by a record that is not decoded. */
  mention(object: object): void {
    if (this.#packed.length === 0) return;
    const packed = this.packedOf(ObjectTag.idOf(object, this.#owner));
    if (packed === undefined) return;
    const replaced = restoreBuiltIns();
    try {
      this.#unpack(packed);
    } finally {
      if (replaced !== undefined) reinstate(replaced);
    }
  }

  /** Makes packed objects known, at the first record that mentions one of them. */
  #unpack(packed: PackedObjects): void {
    const objects = packed.objects ??= packed.unpack();
    for (let index = 0; index < objects.length; index++) {
      this.#known.set(packed.firstId + index, objects[index]!);
    }
    // They were all in use a moment ago, so a sweep would not be worth its time.
    this.#sweepAt = Math.max(this.#sweepAt, 2 * this.#known.size);
    this.#packed = this.#packed.filter((it) => it !== packed);
  }

  find(id: number): object | undefined {
    const packed = this.packedOf(id);
    if (packed !== undefined) this.#unpack(packed);
    const object = this.#known.get(id);
    if (object !== undefined || this.#weak.size === 0) return object;
    const revived = this.#weak.get(id)?.deref();
    if (revived === undefined) return undefined;
    this.#weak.delete(id);
    this.#known.set(id, revived);
    return revived;
  }

  /** Returns the target of a record, without making it known. */
  peek(id: number): object | undefined {
    const packed = this.packedOf(id);
    if (packed !== undefined) this.#unpack(packed);
    const object = this.#known.get(id);
    if (object !== undefined || this.#weak.size === 0) return object;
    const revived = this.#weak.get(id)?.deref();
    if (revived !== undefined) this.#changed.add(revived);
    return revived;
  }

  /** Whether every replica knows this id at the current position of the log. */
  isKnown(id: number): boolean {
    return this.#known.has(id) || this.packedOf(id) !== undefined;
  }

  /** Makes a swept object of this replica known again. */
  readmit(object: object): void {
    const id = ObjectTag.idOf(object, this.#owner);
    this.#weak.delete(id);
    this.#known.set(id, object);
  }

  /**
   * Sweeps when twice as many objects are known as after the last sweep. Called after every batch.
   */
  sweepIfDue(): void {
    if (this.#known.size > this.#sweepAt || this.#isSweeping) this.sweep();
  }

  /** Removes objects that the root does not reach. */
  sweep(): void {
    this.#isSweeping = true;
    const reached = this.#reachableFrom(this.#roots);
    const dropped: object[] = [];
    // User code may hold an object that it has never read: within another object that it holds.
    const held = [...this.#changed];
    for (const object of this.#known.values()) {
      if (reached.has(object)) continue;
      dropped.push(object);
      if (ObjectTag.proxyOf(object) !== undefined) held.push(object);
    }
    const unreached = this.#packed.filter((it) => !reached.has(it));
    if (unreached.length > 0) this.#packed = this.#packed.filter((it) => reached.has(it));
    for (const packed of unreached) {
      for (const object of packed.objects ?? []) {
        dropped.push(object);
        if (ObjectTag.proxyOf(object) !== undefined) held.push(object);
      }
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

  /**
   * Makes all objects but the roots unknown, and keeps them weakly, since user code may hold them.
   */
  weakenAll(): void {
    for (const [id, object] of this.#known) {
      if (this.#roots.includes(object)) continue;
      this.#known.delete(id);
      this.#weak.set(id, new WeakRef(object));
    }
    for (const packed of this.#packed) {
      packed.objects?.forEach((it, index) => {
        this.#weak.set(packed.firstId + index, new WeakRef(it));
      });
    }
    this.#packed = [];
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
      if (typeof value !== "object" || value === null) return;
      if (value instanceof PackedObjects) return void reached.add(value);
      const id = ObjectTag.idOf(value, this.#owner);
      // Packed objects are visited as one: nothing refers out of them.
      if (id !== 0) reached.add(this.packedOf(id) ?? value);
    };
    // The iteration of a Set includes what is added during it.
    for (const object of reached) forEachMember(object, visit);
    return reached;
  }

  /** Returns the path from a root to an object, as pairs of holder and key; undefined if none. */
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

/** Visits each member of an object of a replica, including keys of Maps. */
function forEachMember(object: object, visitor: (value: unknown, key: unknown) => void): void {
  const visit = (value: unknown, key: unknown) =>
    visitor(value instanceof PackedObjects ? value.objects?.[0] ?? value : value, key);
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
