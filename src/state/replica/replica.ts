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
import { putBack, restoreBuiltIns } from "../log/intrinsics.ts";
import * as at from "../log/log_layout.ts";
import { BATCH_HEAD, type OpLogMirror, stateFullError } from "../log/op_log.ts";
import { setMember } from "./operations.ts";
import { BLOCK } from "./object_ids.ts";
import { ReplicaEncoder } from "./replica_encoder.ts";
import { ReplicaReader } from "./replica_reader.ts";
import type { ValueEncoder } from "./value_encoder.ts";

/** What only writes that make the state smaller may use. */
const RESERVE = 16 * 1024;
const NOTHING = new Uint8Array(0);

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
  refusal: (() => Error) | undefined;
  #isAdopting = false;

  /** Does something to the header under the internal lock, up to date. */
  exclusively<T>(fn: () => T): T {
    this.enter();
    try {
      this.readLog();
      return fn();
    } finally {
      this.exit();
    }
  }

  /** Tells all threads to look: something in the header changed. Under the lock. */
  announce(): void {
    this.version = this.log.bump();
  }

  /** {@linkcode announce}, by a thread that has left: its own next access must look too. */
  announceDeparture(): void {
    this.log.bump();
  }

  /** Sees to it that a thread that knows nothing can read the whole state. Under the lock. */
  ensureBase(): void {
    if (this.words[at.HAS_BASE] === 0) this.#restartFrom(this.#snapshot(), 0);
  }

  /** Appends an encoded operation, and does here what it says. */
  commit(encoder: ValueEncoder, options?: WriteOptions): unknown {
    this.enter();
    try {
      this.readLog();
      return this.append(encoder, options);
    } finally {
      this.exit();
    }
  }

  /** {@linkcode commit} of a primitive value for a key: the same, without reading it back. */
  commitSet(encoder: ValueEncoder, target: object, key: string | number, value: unknown): void {
    this.enter();
    try {
      this.readLog();
      this.#publish(encoder, NOTHING, encoder.length, false);
      setMember(target, key, value);
      this.applying = false;
    } finally {
      this.exit();
    }
  }

  /** {@linkcode commit}, by who holds the lock and is up to date. */
  append(encoder: ValueEncoder, options: WriteOptions = {}): unknown {
    const { times = 1, growth = encoder.length * Math.max(1, times), shrinks = false } = options;
    const { mentioned } = encoder;
    const start = mentioned.length === 0
      ? this.#publish(encoder, NOTHING, growth, shrinks)
      : this.#publishWith(encoder, mentioned, growth);
    const result = this.applyBatch(start);
    this.objects.sweepIfDue();
    this.applying = false;
    return result;
  }

  /**
   * Appends a batch that was encoded in a process which has no memory in common with this one, and
   * does here what it says.
   *
   * @param isRight Whether it is right still, looked at when there is room for it.
   * @returns Whether it was.
   */
  adopt(batch: Uint8Array, options: WriteOptions, isRight: () => boolean): boolean {
    const { growth = batch.length, shrinks = false } = options;
    const writer = new ByteWriter();
    writer.raw(batch);
    return this.exclusively(() => {
      this.#room(batch.length, growth, shrinks);
      if (!isRight()) return false;
      this.#isAdopting = true;
      try {
        this.applyBatch(this.#publish(writer, NOTHING, growth, shrinks));
      } finally {
        this.#isAdopting = false;
      }
      this.objects.sweepIfDue();
      this.applying = false;
      return true;
    });
  }

  /** The whole state, for a replica that begins with it. */
  takeSnapshot(): Uint8Array {
    return this.exclusively(() => this.#snapshot());
  }

  /**
   * Begins the log anew with the whole state, as replicas elsewhere do at the same place of theirs: what
   * the root does not reach is known to none of them from here on.
   */
  beginLogAnew(): void {
    this.exclusively(() => this.#restartFrom(this.#snapshot(), 0));
  }

  /**
   * Becomes what a replica elsewhere was. This is for the only thread of a state.
   *
   * @param snapshot What {@linkcode takeSnapshot} has returned there.
   */
  adoptSnapshot(snapshot: Uint8Array): void {
    this.exclusively(() => {
      this.log.restartFrom(snapshot, 0);
      this.attach();
      this.beginAgain();
      this.announceDeparture();
      this.readLog();
      this.ids.forget();
    });
  }

  /** The next block of ids that nobody has been given. */
  get nextBlock(): number {
    return this.words[at.NEXT_BLOCK]!;
  }

  /** Blocks of ids before this one were given out elsewhere. */
  skipIds(nextBlock: number): void {
    this.words[at.NEXT_BLOCK] = Math.max(this.words[at.NEXT_BLOCK]!, nextBlock);
    this.ids.forget();
  }

  /** Ids for such a process: the first, and how many. */
  reserveIds(blocks: number): { first: number; count: number } {
    return { first: fetchAdd(this.words, at.NEXT_BLOCK, blocks) * BLOCK, count: blocks * BLOCK };
  }

  /** Has the log copied from now on, the whole state first. */
  copyLog(copy: OpLogMirror | undefined): void {
    this.exclusively(() => {
      if (copy !== undefined) this.ensureBase();
      this.log.copyTo(copy);
    });
  }

  /** Objects that other threads may have let go are told again before the operation. */
  #publishWith(encoder: ValueEncoder, mentioned: readonly object[], growth: number): number {
    for (;;) {
      const definer = new ReplicaEncoder(this, (id) => this.objects.isKnown(id));
      for (const object of mentioned) definer.define(object);
      definer.bodies();
      const told = definer.content;
      // A new beginning of the log is a sweep: what everybody knew before may have to be told now.
      if (this.#room(encoder.length + told.length, growth + told.length, false)) continue;
      const start = this.#publish(encoder, told, growth, false);
      for (const object of definer.written) this.objects.readmit(object);
      return start;
    }
  }

  #publish(encoder: ByteWriter, told: Uint8Array, growth: number, shrinks: boolean): number {
    if (this.refusal !== undefined && !this.#isAdopting) throw this.refusal();
    const count = told.length + encoder.length;
    this.#room(count, growth + told.length, shrinks);
    const start = this.log.append(told, encoder, growth + told.length);
    // Stores alone, no call: from here on a tear is mended by going on with this batch.
    this.batch = start;
    this.record = start + BATCH_HEAD;
    this.applying = true;
    this.reached(this.log.bump());
    return start;
  }

  /**
   * Makes room for a batch, or throws before anything has changed.
   *
   * @returns whether a snapshot was written.
   */
  #room(count: number, growth: number, shrinks: boolean): boolean {
    const { log } = this;
    const total = count + BATCH_HEAD;
    const limit = shrinks ? log.limit : log.limit - Math.min(RESERVE, log.limit >> 2);
    if (log.fits(total, growth, limit)) return false;
    const replaced = restoreBuiltIns();
    try {
      return this.#makeRoom(total, growth, limit);
    } finally {
      if (replaced !== undefined) putBack(replaced);
    }
  }

  #makeRoom(total: number, growth: number, limit: number): boolean {
    const { log } = this;
    if (log.staysWithin(growth, limit) && total <= limit && log.everybodyHasRead(this.slot)) {
      log.restart(total);
      this.attach();
      this.reached(log.bump());
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
    for (const root of [this.root, this.results, this.localKeys]) encoder.define(root);
    encoder.bodies();
    return encoder.content;
  }

  #restartFrom(snapshot: Uint8Array, count: number): void {
    this.log.restartFrom(snapshot, count);
    this.applying = true;
    this.attach();
    this.objects.sweep();
    this.reached(this.log.bump());
    this.applying = false;
  }
}
