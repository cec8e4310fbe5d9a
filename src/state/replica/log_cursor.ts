/**
 * The position of one thread in the op log: catches up by applying records to the replica's
 * objects, or starts over from a snapshot. All of it happens under the internal lock.
 *
 * Words:       SLOT_EPOCH and SLOT_POSITION of the thread's slot, written by this thread alone
 * Guarantee:   cursors at the same position have applied the same records in the same order.
 * Race prevented: none, but a tear. User code may overflow the stack at any call, in here as well,
 *              and catch the error. Therefore plain stores, which need no stack, mark what begins
 *              under the lock (`#isAcquired`, `isApplying`), and the next access finds the marks:
 *              it releases a lock that is still held, and applies the torn record once more, which
 *              all records allow for (see operations.ts). Until then the slot's epoch is -1, as if
 *              this thread had read nothing, so the log does not restart without a snapshot. If it
 *              has restarted from a snapshot, the objects are rebuilt from that.
 */

import { assert } from "../../base/assert.ts";
import { load } from "../../sync/atomics.ts";
import { Mutex } from "../../sync/mutex.ts";
import { Decoder } from "../log/decoder.ts";
import { reinstate, restoreBuiltIns } from "../log/intrinsics.ts";
import * as layout from "../log/log_layout.ts";
import { BATCH_HEADER_BYTES, type OpLog } from "../log/op_log.ts";
import { fencedError } from "../state_errors.ts";
import type { ObjectTable } from "./object_table.ts";
import { applyRecord } from "./operations.ts";

/**
 * Number of bytes applied before the lock is released for other threads: some thousand small
 * records, which take about half a millisecond.
 */
const SLICE_BYTES = 1 << 16;

/** A source of records that other processes write. */
export interface LogSource {
  /**
   * Copies new records into the local region.
   *
   * @returns whether there was any.
   */
  pull(): boolean;
}

/** Options of a cursor. */
export interface LogCursorOptions {
  readonly log: OpLog;
  /** The objects that records are applied to. */
  readonly objects: ObjectTable;
  /** Removes everything from the root objects. */
  readonly clear: () => void;
  readonly slot: number;
  readonly owner: number;
  /** The thread's name in messages. */
  readonly name: string;
  /** Without it, the region is shared memory that all threads write. */
  readonly source?: LogSource;
}

/** The position of one thread in the op log. */
export class LogCursor {
  /** The header's words. */
  readonly words: Int32Array;
  /**
   * The version of the state at this position; NaN after a tear, and with a {@linkcode LogSource}.
   */
  version: number;
  /**
   * Whether a batch is being applied. A writer sets this and the two positions by plain stores,
   * right after it has appended.
   */
  isApplying = false;
  /** The position in the memory of the batch that is being applied. */
  batchPosition = 0;
  /** The position in the memory of the next record of that batch. */
  recordPosition = 0;
  readonly #log: OpLog;
  readonly #objects: ObjectTable;
  readonly #clear: () => void;
  readonly #slot: number;
  readonly #owner: number;
  readonly #name: string;
  readonly #source: LogSource | undefined;
  readonly #mutex: Mutex;
  readonly #decoder: Decoder;
  #isAcquired = false;
  #epoch = -1;
  #position = 0;

  constructor({ log, objects, clear, slot, owner, name, source }: LogCursorOptions) {
    this.#log = log;
    this.words = log.words;
    this.#objects = objects;
    this.#clear = clear;
    this.#slot = layout.slotIndex(slot);
    this.#owner = owner;
    this.#name = name;
    this.#source = source;
    this.#mutex = new Mutex(log.words, layout.MUTEX, owner);
    this.#decoder = new Decoder(objects);
    this.#decoder.attach(log.bytes);
    // Behind the current version, so that the first read catches up.
    this.version = source === undefined ? (load(log.words, layout.VERSION) - 1) | 0 : NaN;
  }

  /** Number of bytes of the log that are not applied yet. Does not take the lock. */
  get lagBytes(): number {
    if (load(this.words, layout.VERSION) === this.version) return 0;
    const end = load(this.words, layout.END);
    return load(this.words, layout.EPOCH) === this.#epoch ? end - this.#position : end;
  }

  /** Whether this thread was fenced, or has left. */
  get isFenced(): boolean {
    return load(this.words, this.#slot + layout.SLOT_OWNER) !== this.#owner;
  }

  /** Throws if this thread was fenced. */
  checkAlive(): void {
    if (this.isFenced) throw fencedError(this.#name);
  }

  /**
   * Catches up if the version has moved. Every read does this; without a change it costs one load.
   */
  sync(): void {
    if (load(this.words, layout.VERSION) !== this.version) this.catchUp();
  }

  /** Applies all records that this cursor has not applied yet. */
  catchUp(): void {
    if (this.#source !== undefined && !this.#source.pull() && !this.isApplying) return;
    this.applyNew();
  }

  /**
   * Applies what the region holds now.
   *
   * @returns what the method returned that the last batch called.
   */
  applyNew(): unknown {
    this.acquire();
    try {
      return this.read();
    } finally {
      this.release();
    }
  }

  /** After a tear: releases the lock now, so that no other thread waits for it. */
  repair(): void {
    if (this.#isAcquired) this.catchUp();
  }

  /** Acquires the internal lock. */
  acquire(): void {
    const { words } = this;
    if (load(words, layout.VERSION) !== this.version && this.lagBytes > SLICE_BYTES) {
      this.#applySlices();
    }
    this.#lock();
  }

  /**
   * Applies a long backlog slice by slice: other threads write between two of them. Bounded, since
   * other threads may write as fast as this one reads.
   */
  #applySlices(): void {
    if (this.#source !== undefined) return;
    for (let left = this.lagBytes; left > SLICE_BYTES; left -= SLICE_BYTES) {
      this.#lock();
      try {
        this.#read(SLICE_BYTES);
      } finally {
        this.release();
      }
      if (this.lagBytes <= SLICE_BYTES) return;
    }
  }

  #lock(): void {
    // Only after a tear: the lock was acquired, and there was no stack left to release it.
    if (this.isApplying) this.words[this.#slot + layout.SLOT_EPOCH] = -1;
    if (this.#isAcquired && this.#mutex.isHeld) this.#mutex.release();
    this.#isAcquired = true;
    this.#mutex.acquire();
  }

  /** Releases the internal lock. */
  release(): void {
    if (this.isApplying) {
      this.version = NaN;
      this.words[this.#slot + layout.SLOT_EPOCH] = -1;
    }
    this.#mutex.release();
    this.#isAcquired = false;
  }

  /** {@linkcode applyNew}, by the holder of the lock. */
  read(): unknown {
    return this.#read(Infinity);
  }

  /** {@linkcode read} of whole batches, up to about `maxBytes` bytes. */
  #read(maxBytes: number): unknown {
    if (this.words[layout.VERSION]! === this.version) return undefined;
    const replaced = restoreBuiltIns();
    try {
      return this.#applyNew(maxBytes);
    } finally {
      if (replaced !== undefined) reinstate(replaced);
    }
  }

  /**
   * Applies a batch of this thread's own, whose position is stored already. Under the lock.
   *
   * @returns what the method returned that the batch called.
   */
  applyAppended(): unknown {
    const result = this.#applyBatch(this.batchPosition);
    this.#objects.sweepIfDue();
    this.isApplying = false;
    return result;
  }

  /** Moves the cursor to the end of the log. */
  moveToEnd(version: number): void {
    const { words } = this;
    this.version = this.#source === undefined ? version : NaN;
    this.#epoch = words[layout.EPOCH]!;
    this.#position = words[layout.END]!;
    this.#storePosition();
  }

  #storePosition(): void {
    const { words } = this;
    words[this.#slot + layout.SLOT_EPOCH] = this.#epoch;
    words[this.#slot + layout.SLOT_POSITION] = this.#position;
  }

  /** Reads from the memory as it is now, after the log has restarted or grown. */
  attach(): void {
    this.#decoder.attach(this.#log.bytes);
  }

  /** Starts over with nothing, as a thread that joins. Objects keep their identity. */
  reset(): void {
    this.#objects.weakenAll();
    this.#decoder.savedItems = undefined;
    this.#clear();
    this.#epoch = -1;
  }

  /** Whether every other thread has read the whole log. Under the lock. */
  isReadByOthers(): boolean {
    return this.#log.isReadByOthers(this.#slot);
  }

  #applyNew(maxBytes: number): unknown {
    const { words } = this;
    // A fence moves the version, so a thread that is up to date is alive.
    if (words[this.#slot + layout.SLOT_OWNER] !== this.#owner) throw fencedError(this.#name);
    if (this.#log.refreshView()) this.attach();
    if (this.isApplying) this.#epoch === words[layout.EPOCH] ? this.#resume() : this.#rebuild();
    if (this.#epoch !== words[layout.EPOCH]) this.#enterEpoch();
    const { base } = this.#log;
    const end = base + words[layout.END]!;
    const stop = Math.min(end, base + this.#position + maxBytes);
    let result: unknown;
    while (base + this.#position < stop) {
      this.batchPosition = base + this.#position;
      this.recordPosition = this.batchPosition + BATCH_HEADER_BYTES;
      this.isApplying = true;
      result = this.#applyBatch(this.batchPosition);
      this.#objects.sweepIfDue();
      this.#position = this.recordPosition - base;
      this.isApplying = false;
    }
    if (base + this.#position >= end) this.moveToEnd(words[layout.VERSION]!);
    else this.#storePosition();
    return result;
  }

  /** After a tear: resumes with the torn record. */
  #resume(): void {
    // If the batch is this thread's own, the version may not have moved.
    this.#log.bumpVersion();
    this.#decoder.position = this.batchPosition;
    const end = this.batchPosition + BATCH_HEADER_BYTES + this.#decoder.u32();
    this.#decoder.position = this.recordPosition;
    while (this.recordPosition < end) this.#applyRecord();
    this.#objects.sweepIfDue();
    this.#position = end - this.#log.base;
    this.isApplying = false;
  }

  /** After a tear, when the log has restarted: starts over from its snapshot. */
  #rebuild(): void {
    const why = `The stack of ${this.#name} overflowed during a change of the state`;
    assert(this.words[layout.HAS_BASE] !== 0, why);
    this.reset();
  }

  #enterEpoch(): void {
    const { words } = this;
    const { base } = this.#log;
    // A sweep half done, or a snapshot half read, is a tear as well.
    this.isApplying = true;
    const isNext = ((this.#epoch + 1) & 0x7fff_ffff) === words[layout.EPOCH];
    const snapshotLength = words[layout.SNAPSHOT_LENGTH]!;
    if (this.#epoch < 0 || !isNext || this.#position !== words[layout.PREVIOUS_END]) {
      assert(
        words[layout.HAS_BASE] === 1,
        "The op log was restarted, but a thread had not read it",
      );
      const end = base + snapshotLength;
      this.#decoder.position = base;
      while (this.#decoder.position < end) this.#applyRecord();
    }
    if (snapshotLength > 0) this.#objects.sweep();
    this.#epoch = words[layout.EPOCH]!;
    this.#position = snapshotLength;
    this.isApplying = false;
  }

  #applyBatch(position: number): unknown {
    const decoder = this.#decoder;
    decoder.position = position;
    const end = position + BATCH_HEADER_BYTES + decoder.u32();
    let result: unknown;
    while (decoder.position < end) {
      const returned = this.#applyRecord();
      if (returned !== undefined) result = returned; // null is what `pop` may return
    }
    return result;
  }

  #applyRecord(): unknown {
    const result = applyRecord(this.#decoder, this.#find);
    this.recordPosition = this.#decoder.position;
    return result;
  }

  readonly #find = (id: number): object | undefined => this.#objects.peek(id);
}
