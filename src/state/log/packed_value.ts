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
