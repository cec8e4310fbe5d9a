/**
 * One thread's copy of the state: ordinary objects, kept in step with the log.
 *
 * Guarantee: all threads apply the same operations in the same order, so replicas that have read to
 * the same place of the log are equal. A write is visible to others once it is whole, or never.
 * Race prevented: a write based on an old content. The writer catches up under the internal lock
 * before it appends, and nobody appends in between.
 */

import { fetchAdd } from "../../sync/atomics.ts";
import { ByteWriter } from "../log/byte_writer.ts";
import { reinstate, restoreBuiltIns } from "../log/intrinsics.ts";
import * as layout from "../log/log_layout.ts";
import { BATCH_HEADER_BYTES, type OpLogMirror, stateFullError } from "../log/op_log.ts";
import { setMember } from "./operations.ts";
import { IDS_PER_BLOCK } from "./object_ids.ts";
import { ReplicaEncoder } from "./replica_encoder.ts";
import { ReplicaReader } from "./replica_reader.ts";
import type { ValueEncoder } from "./value_encoder.ts";

/** What only writes that make the state smaller may use. */
const RESERVED_BYTES = 16 * 1024;
const NO_BYTES = new Uint8Array(0);

/** How a write changes the size of the state. */
export interface WriteOptions {
  /** The state may grow by as many bytes; without it, by the length of the record. */
  readonly growth?: number;
  /** The record's values may be taken over so many times. */
  readonly times?: number;
  /** The write makes the state smaller, so it may use the reserve. */
  readonly shrinks?: boolean;
}

/** See the head of this file. */
export class Replica extends ReplicaReader {
  /** Makes the error for a write of this thread's own, while only others may write. */
  createRefusal: (() => Error) | undefined;
  #isAppendingRemote = false;

  /** Does something to the header under the internal lock, up to date. */
  withLock<T>(fn: () => T): T {
    this.acquire();
    try {
      this.readLog();
      return fn();
    } finally {
      this.release();
    }
  }

  /** Tells all threads to look: something in the header changed. Under the lock. */
  announce(): void {
    this.version = this.log.bumpVersion();
  }

  /** {@linkcode announce}, by a thread that has left: its own next access must look too. */
  announceDeparture(): void {
    this.log.bumpVersion();
  }

  /** Sees to it that a thread that knows nothing can read the whole state. Under the lock. */
  ensureBase(): void {
    if (this.words[layout.HAS_BASE] === 0) this.#restartFrom(this.#snapshot(), 0);
  }

  /** Appends an encoded operation, and does here what it says. */
  commit(encoder: ValueEncoder, options?: WriteOptions): unknown {
    this.acquire();
    try {
      this.readLog();
      return this.append(encoder, options);
    } finally {
      this.release();
    }
  }

  /** {@linkcode commit} of a primitive value for a key: the same, without reading it back. */
  commitSet(encoder: ValueEncoder, target: object, key: string | number, value: unknown): void {
    this.acquire();
    try {
      this.readLog();
      this.#publish(encoder, NO_BYTES, encoder.length, false);
      setMember(target, key, value);
      this.isApplying = false;
    } finally {
      this.release();
    }
  }

  /** {@linkcode commit}, by who holds the lock and is up to date. */
  append(encoder: ValueEncoder, options: WriteOptions = {}): unknown {
    const { times = 1, growth = encoder.length * Math.max(1, times), shrinks = false } = options;
    const { mentioned } = encoder;
    const start = mentioned.length === 0
      ? this.#publish(encoder, NO_BYTES, growth, shrinks)
      : this.#publishWithDefinitions(encoder, mentioned, growth);
    const result = this.applyBatch(start);
    this.objects.sweepIfDue();
    this.isApplying = false;
    return result;
  }

  /**
   * Appends a batch that was encoded in a process which has no memory in common with this one, and
   * does here what it says.
   *
   * @param isRight Whether it is right still, looked at when there is room for it.
   * @returns Whether it was.
   */
  appendRemote(batch: Uint8Array, options: WriteOptions, isRight: () => boolean): boolean {
    const { growth = batch.length, shrinks = false } = options;
    const writer = new ByteWriter();
    writer.raw(batch);
    return this.withLock(() => {
      this.#reserve(batch.length, growth, shrinks);
      if (!isRight()) return false;
      this.#isAppendingRemote = true;
      try {
        this.applyBatch(this.#publish(writer, NO_BYTES, growth, shrinks));
      } finally {
        this.#isAppendingRemote = false;
      }
      this.objects.sweepIfDue();
      this.isApplying = false;
      return true;
    });
  }

  /** The whole state, for a replica that begins with it. */
  takeSnapshot(): Uint8Array {
    return this.withLock(() => this.#snapshot());
  }

  /**
   * Begins the log anew with the whole state, as replicas elsewhere do at the same place of theirs: what
   * the root does not reach is known to none of them from here on.
   */
  restartLog(): void {
    this.withLock(() => this.#restartFrom(this.#snapshot(), 0));
  }

  /**
   * Becomes what a replica elsewhere was. This is for the only thread of a state.
   *
   * @param snapshot What {@linkcode takeSnapshot} has returned there.
   */
  loadSnapshot(snapshot: Uint8Array): void {
    this.withLock(() => {
      this.log.restartFromSnapshot(snapshot, 0);
      this.attach();
      this.reset();
      this.announceDeparture();
      this.readLog();
      this.ids.discardBlock();
    });
  }

  /** The next block of ids that nobody has been given. */
  get nextBlock(): number {
    return this.words[layout.NEXT_BLOCK]!;
  }

  /** Blocks of ids before this one were given out elsewhere. */
  skipIds(nextBlock: number): void {
    this.words[layout.NEXT_BLOCK] = Math.max(this.words[layout.NEXT_BLOCK]!, nextBlock);
    this.ids.discardBlock();
  }

  /** Ids for such a process: the first, and how many. */
  reserveIds(blocks: number): { first: number; count: number } {
    return {
      first: fetchAdd(this.words, layout.NEXT_BLOCK, blocks) * IDS_PER_BLOCK,
      count: blocks * IDS_PER_BLOCK,
    };
  }

  /** Has the log copied from now on, the whole state first. */
  mirrorLog(mirror: OpLogMirror | undefined): void {
    this.withLock(() => {
      if (mirror !== undefined) this.ensureBase();
      this.log.mirrorTo(mirror);
    });
  }

  /** Objects that other threads may have let go are definitions again before the operation. */
  #publishWithDefinitions(
    encoder: ValueEncoder,
    mentioned: readonly object[],
    growth: number,
  ): number {
    for (;;) {
      const definitionEncoder = new ReplicaEncoder(this, (id) => this.objects.isKnown(id));
      for (const object of mentioned) definitionEncoder.define(object);
      definitionEncoder.bodies();
      const definitions = definitionEncoder.content;
      // A new beginning of the log is a sweep: what everybody knew before may have to be definitions now.
      if (this.#reserve(encoder.length + definitions.length, growth + definitions.length, false)) {
        continue;
      }
      const start = this.#publish(encoder, definitions, growth, false);
      for (const object of definitionEncoder.written) this.objects.readmit(object);
      return start;
    }
  }

  #publish(encoder: ByteWriter, definitions: Uint8Array, growth: number, shrinks: boolean): number {
    if (this.createRefusal !== undefined && !this.#isAppendingRemote) throw this.createRefusal();
    const count = definitions.length + encoder.length;
    this.#reserve(count, growth + definitions.length, shrinks);
    const start = this.log.append(definitions, encoder, growth + definitions.length);
    // Stores alone, no call: from here on a tear is mended by going on with this batch.
    this.batchPosition = start;
    this.recordPosition = start + BATCH_HEADER_BYTES;
    this.isApplying = true;
    this.markRead(this.log.bumpVersion());
    return start;
  }

  /**
   * Makes room for a batch, or throws before anything has changed.
   *
   * @returns whether a snapshot was written.
   */
  #reserve(count: number, growth: number, shrinks: boolean): boolean {
    const { log } = this;
    const total = count + BATCH_HEADER_BYTES;
    const limit = shrinks ? log.limit : log.limit - Math.min(RESERVED_BYTES, log.limit >> 2);
    if (log.fits(total, growth, limit)) return false;
    const replaced = restoreBuiltIns();
    try {
      return this.#makeRoom(total, growth, limit);
    } finally {
      if (replaced !== undefined) reinstate(replaced);
    }
  }

  #makeRoom(total: number, growth: number, limit: number): boolean {
    const { log } = this;
    if (log.staysWithin(growth, limit) && total <= limit && log.isReadByOthers(this.slot)) {
      log.restart(total);
      this.attach();
      this.markRead(log.bumpVersion());
      return false;
    }
    const snapshot = this.#snapshot();
    const needed = snapshot.length + Math.max(total, growth);
    if (needed > limit) throw stateFullError(needed, limit);
    this.#restartFrom(snapshot, total);
    return true;
  }

  #snapshot(): Uint8Array {
    const encoder = new ReplicaEncoder(this, () => false);
    for (const root of [this.root, this.results, this.threadLocalKeys]) encoder.define(root);
    encoder.bodies();
    return encoder.content;
  }

  #restartFrom(snapshot: Uint8Array, count: number): void {
    this.log.restartFromSnapshot(snapshot, count);
    this.isApplying = true;
    this.attach();
    this.objects.sweep();
    this.markRead(this.log.bumpVersion());
    this.isApplying = false;
  }
}
