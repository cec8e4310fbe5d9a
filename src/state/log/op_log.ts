/**
 * The log in shared memory. Everything here is done by the holder of the internal lock, unless it
 * says otherwise.
 *
 * There is one region, and it is read only under the lock. So when it is full it can be written over
 * from its start: with nothing, when every thread has read it all (a restart); else with a
 * snapshot, which was put together in this thread's own memory before. Either way the epoch moves.
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

/** A region this many times the snapshot keeps the cost of snapshots a fraction of the log's. */
const SNAPSHOT_FACTOR = 4;
/** What every batch begins with: its length. */
export const BATCH_HEADER_BYTES = 4;
const SIZE_BOUND_MAX = 0x7fff_ffff;
const EPOCH_MASK = 0x7fff_ffff;

/** Is definitions of everything that is written to the log, in its order, before it counts. */
export interface OpLogMirror {
  /** A batch, without its head. */
  append(batch: Uint8Array): void;
  /** The log began anew, with a region of so many bytes. */
  restart(capacity: number): void;
  /** The log began anew with a snapshot. */
  restartFromSnapshot(snapshot: Uint8Array, capacity: number): void;
}

/** See the head of this file. */
export class OpLog {
  /** The header's words. They never move, so this view stays when the buffer grows. */
  readonly words: Int32Array;
  /** Where the region begins. */
  readonly base: number;
  /** The whole buffer, as long as it was when last looked at. */
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

  /** How many bytes the region may ever have. */
  get limit(): number {
    return this.#buffer.maxByteLength - this.base;
  }

  /** Sees the memory another thread added. Says whether there was any. */
  refreshView(): boolean {
    // A view that follows the buffer's length by itself is 26 times slower.
    if (this.bytes.length === this.#buffer.byteLength) return false;
    this.bytes = viewOf(this.#buffer);
    return true;
  }

  /** Whether as many bytes can be appended without more ado. */
  fits(count: number, growth: number, limit: number): boolean {
    const { words } = this;
    return words[END]! + count <= words[CAPACITY]! && words[SIZE_BOUND]! + growth <= limit;
  }

  /** Whether a snapshot will surely be no longer than the limit after a growth. */
  staysWithin(growth: number, limit: number): boolean {
    return this.words[SIZE_BOUND]! + growth <= limit;
  }

  /** Writes a batch after the log's end. Says where it stands in {@linkcode bytes}. */
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

  /** Tells all threads that something changed. Returns the new version. */
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

  /** Begins the log anew, with room for `count` bytes. Nobody may need what it held. */
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

  /** Begins the log anew with a snapshot, with room for `count` bytes after it. */
  restartFromSnapshot(snapshot: Uint8Array, count: number): void {
    const needed = snapshot.length + count;
    this.#reserve(needed, Math.max(needed, snapshot.length * SNAPSHOT_FACTOR));
    const { words } = this;
    this.#mirror?.restartFromSnapshot(snapshot, words[CAPACITY]!);
    this.bytes.set(snapshot, this.base);
    // No call from here on: it could run out of stack, with the region written over and the words not.
    words[PREVIOUS_END] = words[END]!;
    words[SNAPSHOT_LENGTH] = words[END] = snapshot.length;
    words[EPOCH] = (words[EPOCH]! + 1) & EPOCH_MASK;
    words[HAS_BASE] = 1;
    words[SIZE_BOUND] = snapshot.length;
    words[SNAPSHOTS]!++;
  }

  /**
   * Tells somebody what the region holds, and from then on of everything that is written to it. The
   * region begins with a base, and everything is written by this thread.
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
      return; // The machine has no memory for the comfort, but what is needed fits.
    }
    words[CAPACITY] = capacity;
    this.refreshView();
  }
}

/**
 * The error for a write for which there is no room.
 *
 * @param needed How many bytes the whole state would need with it.
 */
export function stateFullError(needed: number, limit: number, cause?: unknown): StateFullError {
  return new StateFullError(
    `The shared state is full: with this write it would need ${needed} bytes, the limit is ${limit}`,
    cause === undefined ? undefined : { cause },
  );
}

/** TextDecoder and TypedArray.set take shared memory; only the types say otherwise. */
function viewOf(buffer: SharedArrayBuffer): Uint8Array<ArrayBuffer> {
  return new Uint8Array(buffer, 0, buffer.byteLength) as unknown as Uint8Array<ArrayBuffer>;
}
