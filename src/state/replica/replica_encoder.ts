/**
 * Encoding of objects of the replica itself: for a snapshot, or as definitions of objects that
 * other threads may have swept. It runs under the internal lock, on plain data only, so that no
 * user code runs.
 */

import { InternalError } from "../../base/assert.ts";
import { ObjectGraphWriter } from "../log/object_graph_writer.ts";
import { PackedObjects, PackedValue } from "../log/packed_value.ts";
import { isLeaf, Op, Tag } from "../log/value_kinds.ts";
import { ObjectTag } from "./object_tag.ts";

/** The part of a replica that knows which objects are packed. */
interface PackedSource {
  packedOf(id: number): PackedObjects | undefined;
}

/** Encodes objects of a replica. */
export class ReplicaEncoder extends ObjectGraphWriter {
  /** The objects whose content was written. */
  readonly written: object[] = [];
  readonly #owner: PackedSource;
  readonly #isKnown: (id: number) => boolean;

  /**
   * @param owner The replica.
   * @param knows Whether all readers know the object with this id.
   */
  constructor(owner: PackedSource, knows: (id: number) => boolean) {
    super();
    this.#owner = owner;
    this.#isKnown = knows;
  }

  /** Writes an object's content, and that of the objects in it that readers do not know. */
  define(object: object): void {
    const id = ObjectTag.idOf(object, this.#owner);
    if (this.#isKnown(id) || this.visited(object) !== undefined) return;
    const kind = ObjectTag.kindOf(object);
    if (!isLeaf(kind)) {
      this.written.push(object);
      this.enqueueBody(object, kind, id);
      return;
    }
    this.u8(Op.leaf);
    this.object(object);
  }

  protected override object(value: object): void {
    if (value instanceof PackedValue) {
      this.u8(Tag.packed);
      return this.blob(value.bytes);
    }
    if (value instanceof PackedObjects) {
      if (this.#owner.packedOf(value.firstId) === value) return this.packedObjects(value);
      return this.object(value.value);
    }
    const id = ObjectTag.idOf(value, this.#owner);
    const kind = ObjectTag.kindOf(value);
    if (this.#isKnown(id) || this.visited(value) !== undefined) return this.reference(kind, id);
    const packed = this.#owner.packedOf(id);
    if (packed !== undefined) return this.packedObjects(packed);
    this.written.push(value);
    this.firstVisit(value, kind, id, isLeaf(kind));
  }

  protected override refuse(value: unknown): never {
    throw new InternalError(`The replica holds a ${typeof value}`);
  }
}
