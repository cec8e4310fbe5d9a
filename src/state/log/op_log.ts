/**
 * The op log in shared memory: state machine replication with log compaction. All methods are for
 * the holder of the internal lock, unless stated otherwise.
 *
 * There is one region, which is read only under the lock. So when it is full it can be overwritten
 * from its start: with nothing, when every thread has read all of it (a restart); otherwise with a
 * snapshot, encoded before in this thread's local memory (compaction). Either way the epoch moves.
 * A thread cannot die in between: threads are terminated only at a turn of their event loop.
 */

import { fetchAdd } from "../../sync/atomics.ts";
import type { ByteWriter } from "./byte_writer.ts";
import { StateFullError } from "../state_errors.ts";
import {
  CAPACITY,
  END,
  EPOCH,
  HAS_BASE,
  headerBytes,
  PREVIOUS_END,
  RESTARTS,
  SIZE_BOUND,
  SLOT_COUNT,
  SLOT_EPOCH,
  SLOT_OWNER,
  SLOT_POSITION,
  slotIndex,
  SNAPSHOT_LENGTH,
  SNAPSHOTS,
  VERSION,
} from "./log_layout.ts";

/** Ratio of the region to its snapshot: keeps the cost of snapshots a fraction of the log's. */
const SNAPSHOT_FACTOR = 4;
/** Length in bytes of a batch's header, which is the batch's length. */
export const BATCH_HEADER_BYTES = 4;
const SIZE_BOUND_MAX = 0x7fff_ffff;
const EPOCH_MASK = 0x7fff_ffff;

/** Receives everything that is written to the log, in its order, before it counts. */
export interface OpLogMirror {
  /** Receives a batch, without its header. */
  append(batch: Uint8Array): void;
  /** The log restarts empty, with a region of `capacity` bytes. */
  restart(capacity: number): void;
  /** The log restarts with a snapshot. */
  restartFromSnapshot(snapshot: Uint8Array, capacity: number): void;
}

/** The op log in shared memory. */
export class OpLog {
  /** The header's words. They never move, so this view stays valid when the buffer grows. */
  readonly words: Int32Array;
  /** The position of the region, in bytes. */
  readonly base: number;
  /** A view of the buffer, as of the last {@linkcode refreshView}. */
  bytes: Uint8Array<ArrayBuffer>;
  readonly #buffer: SharedArrayBuffer;
  #mirror: OpLogMirror | undefined;

  constructor(buffer: SharedArrayBuffer) {
    this.#buffer = buffer;
    const slots = new Int32Array(buffer, SLOT_COUNT * 4, 1)[0]!;
    this.base = headerBytes(slots);
    this.words = new Int32Array(buffer, 0, this.base / 4);
    this.bytes = viewOf(buffer);
  }

  /** Maximum length of the region in bytes. */
  get limit(): number {
    return this.#buffer.maxByteLength - this.base;
  }

  /**
   * Extends the view to memory that another thread has added.
   *
   * @returns whether there was any.
   */
  refreshView(): boolean {
    // A length-tracking view is 26 times slower.
    if (this.bytes.length === this.#buffer.byteLength) return false;
    this.bytes = viewOf(this.#buffer);
    return true;
  }

  /** Whether `count` bytes can be appended without a restart. */
  fits(count: number, growth: number, limit: number): boolean {
    const { words } = this;
    return words[END]! + count <= words[CAPACITY]! && words[SIZE_BOUND]! + growth <= limit;
  }

  /** Whether a snapshot is certain to stay within the limit after a growth. */
  staysWithin(growth: number, limit: number): boolean {
    return this.words[SIZE_BOUND]! + growth <= limit;
  }

  /**
   * Appends a batch.
   *
   * @returns the position of the batch in {@linkcode bytes}.
   */
  append(definitions: Uint8Array, operation: ByteWriter, growth: number): number {
    const { words, bytes } = this;
    const start = this.base + words[END]!;
    const count = definitions.length + operation.length;
    const bound = Math.min(SIZE_BOUND_MAX, words[SIZE_BOUND]! + growth);
    bytes[start] = count;
    bytes[start + 1] = count >> 8;
    bytes[start + 2] = count >> 16;
    bytes[start + 3] = count >> 24;
    let position = start + BATCH_HEADER_BYTES;
    if (definitions.length > 0) {
      bytes.set(definitions, position);
      position += definitions.length;
    }
    operation.copyTo(bytes, position);
    this.#mirror?.append(
      bytes.subarray(start + BATCH_HEADER_BYTES, start + BATCH_HEADER_BYTES + count),
    );
    words[END] = words[END]! + BATCH_HEADER_BYTES + count;
    words[SIZE_BOUND] = bound;
    return start;
  }

  /** Increments the version, so that all threads catch up. Returns the new version. */
  bumpVersion(): number {
    return (fetchAdd(this.words, VERSION, 1) + 1) | 0;
  }

  /** Whether every thread but this one has read the whole log. */
  isReadByOthers(except: number): boolean {
    const { words } = this;
    const slots = words[SLOT_COUNT]!;
    for (let slot = 0; slot < slots; slot++) {
      const index = slotIndex(slot);
      if (index === except || words[index + SLOT_OWNER] === 0) continue;
      if (words[index + SLOT_EPOCH] !== words[EPOCH]) return false;
      if (words[index + SLOT_POSITION] !== words[END]) return false;
    }
    return true;
  }

  /** Restarts the log empty, with room for `count` bytes. All threads must have read all of it. */
  restart(count: number): void {
    this.#reserve(count, count);
    const { words } = this;
    this.#mirror?.restart(words[CAPACITY]!);
    words[PREVIOUS_END] = words[END]!;
    words[SNAPSHOT_LENGTH] = words[END] = 0;
    words[EPOCH] = (words[EPOCH]! + 1) & EPOCH_MASK;
    words[HAS_BASE] = 0;
    words[RESTARTS]!++;
  }

  /** Restarts the log with a snapshot, with room for `count` bytes after it. */
  restartFromSnapshot(snapshot: Uint8Array, count: number): void {
    const needed = snapshot.length + count;
    this.#reserve(needed, Math.max(needed, snapshot.length * SNAPSHOT_FACTOR));
    const { words } = this;
    this.#mirror?.restartFromSnapshot(snapshot, words[CAPACITY]!);
    this.bytes.set(snapshot, this.base);
    // No call from here on: a stack overflow would leave the region overwritten, but not the words.
    words[PREVIOUS_END] = words[END]!;
    words[SNAPSHOT_LENGTH] = words[END] = snapshot.length;
    words[EPOCH] = (words[EPOCH]! + 1) & EPOCH_MASK;
    words[HAS_BASE] = 1;
    words[SIZE_BOUND] = snapshot.length;
    words[SNAPSHOTS]!++;
  }

  /**
   * Mirrors the current content of the region, and everything that is written from then on. The
   * region must start with a base, and all writes must be by this thread.
   */
  mirrorTo(mirror: OpLogMirror | undefined): void {
    this.#mirror = mirror;
    if (mirror === undefined) return;
    const { words, bytes, base } = this;
    const region = bytes.subarray(base, base + words[END]!);
    mirror.restartFromSnapshot(region.slice(0, words[SNAPSHOT_LENGTH]!), words[CAPACITY]!);
    const view = new DataView(region.buffer, region.byteOffset, region.byteLength);
    for (let position = words[SNAPSHOT_LENGTH]!; position < region.length;) {
      const end = position + BATCH_HEADER_BYTES + view.getUint32(position, true);
      mirror.append(region.subarray(position + BATCH_HEADER_BYTES, end));
      position = end;
    }
  }

  #reserve(needed: number, preferred: number): void {
    const { words } = this;
    if (preferred <= words[CAPACITY]!) return;
    if (needed > this.limit) throw stateFullError(needed, this.limit);
    const capacity = Math.min(this.limit, preferred);
    try {
      this.#buffer.grow(Math.max(this.#buffer.byteLength, this.base + capacity));
    } catch (error) {
      if (needed > words[CAPACITY]!) throw stateFullError(needed, this.limit, error);
      return; // No memory for the preferred size, but the needed size fits.
    }
    words[CAPACITY] = capacity;
    this.refreshView();
  }
}

/**
 * Creates the error of a write that exceeds the limit.
 *
 * @param needed Number of bytes that the whole state would need.
 */
export function stateFullError(needed: number, limit: number, cause?: unknown): StateFullError {
  return new StateFullError(
    `The shared state is full: this write needs ${needed} bytes in total, the limit is ${limit}`,
    cause === undefined ? undefined : { cause },
  );
}

/** TextDecoder and TypedArray.set accept shared memory, although their types do not. */
function viewOf(buffer: SharedArrayBuffer): Uint8Array<ArrayBuffer> {
  return new Uint8Array(buffer, 0, buffer.byteLength) as unknown as Uint8Array<ArrayBuffer>;
}
