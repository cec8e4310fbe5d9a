/** A packed value in the log: see results/packed_layout.ts for its bytes. */

/** An unpacked value. */
export interface UnpackedValue {
  readonly value: unknown;
  /** Whether the value includes bytes, which cannot be made read-only. */
  readonly hasBytes: boolean;
}

/** A value that never changes, and that each thread unpacks only when it reads it. */
export class PackedValue {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** The value, once this thread has read it. */
  unpacked: UnpackedValue | undefined = undefined;

  constructor(bytes: Uint8Array<ArrayBuffer>) {
    this.bytes = bytes;
  }
}

/** The packed form of a value, still in this thread's memory. */
export interface PackedContent {
  /** The length in bytes. */
  readonly byteLength: number;
  /**
   * Copies the bytes into memory of this length.
   *
   * @returns false if the length has turned out to be too small; it is right from then on.
   */
  writeTo(target: Uint8Array): boolean;
}

/**
 * A large value of the state that no record has referred into yet: a placeholder for its objects,
 * which each thread unpacks when it first reads the value, without a lock. From the first record on
 * that mentions one of the objects, they are objects like any other; until then, replicas that have
 * unpacked them and replicas that have not are equal.
 */
export class PackedObjects {
  /** The id of the value's first object; the others have the following ids. */
  readonly firstId: number;
  /** Number of objects. */
  readonly count: number;
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** The objects in the order of their ids, once this thread has unpacked them. */
  objects: readonly object[] | undefined = undefined;
  /** Unpacks the objects; set by the table of this thread. */
  unpack: () => readonly object[] = () => [];

  constructor(firstId: number, count: number, bytes: Uint8Array<ArrayBuffer>) {
    this.firstId = firstId;
    this.count = count;
    this.bytes = bytes;
  }

  /** The value: its first object. */
  get value(): object {
    return (this.objects ??= this.unpack())[0]!;
  }

  /** Whether an id is one of these objects. */
  includes(id: number): boolean {
    return id >= this.firstId && id < this.firstId + this.count;
  }
}
