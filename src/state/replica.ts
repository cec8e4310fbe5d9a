/**
 * One thread's copy of the state: ordinary objects, kept in step with the log.
 *
 * Guarantee: all threads apply the same operations in the same order, so replicas that have read to
 * the same place of the log are equal. A write is visible to others once it is whole, or never.
 * Race prevented: a write based on an old content. The writer catches up under the internal lock
 * before it appends, and nobody appends in between.
 */

import { assert } from "../base/assert.ts";
import { Mutex } from "../sync/mutex.ts";
import { fetchAdd, load } from "../sync/words.ts";
import { Decoder, type Properties } from "./decoder.ts";
import { ThreadFencedError } from "./errors.ts";
import { Kind } from "./kinds.ts";
import * as at from "./layout.ts";
import { BATCH_HEAD, full, Log } from "./log.ts";
import { Objects } from "./object_table.ts";
import { applyRecord, setMember } from "./operations.ts";
import { ReplicaEncoder } from "./replica_encoder.ts";
import type { ResultCells } from "./result_cells.ts";
import { Stamp } from "./stamp.ts";
import type { ValueEncoder } from "./value_encoder.ts";

/** Ids come in blocks, so that two threads never give out the same one. */
const BLOCK = 1024;
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
export class Replica {
  /** The header's words. */
  readonly words: Int32Array;
  /** The version of the state this replica has reached. */
  version: number;
  /** The state. */
  readonly root: Properties = {};
  /** `state.results`. */
  readonly results: Properties = {};
  /** The results of the run at hand that stand outside of the log. */
  resultCells: ResultCells | undefined = undefined;
  /** The names of thread-local keys. */
  readonly localKeys: Set<string> = new Set();

  readonly #log: Log;
  readonly #mutex: Mutex;
  readonly #owner: number;
  readonly #slot: number;
  readonly #name: string;
  readonly #objects: Objects;
  readonly #decoder: Decoder;
  #epoch = -1;
  #position = 0;
  #nextId = 0;
  #lastId = 0;

  constructor(buffer: SharedArrayBuffer, slot: number, owner: number, name: string) {
    this.#log = new Log(buffer);
    this.words = this.#log.words;
    this.#mutex = new Mutex(this.words, at.MUTEX, owner);
    this.#owner = owner;
    this.#slot = at.slotAt(slot);
    this.#name = name;
    this.#objects = new Objects(this);
    this.#decoder = new Decoder(this.#objects);
    this.#decoder.attach(this.#log.bytes);
    this.#objects.addRoot(1, Kind.object, this.root);
    this.#objects.addRoot(2, Kind.object, this.results);
    this.#objects.addRoot(3, Kind.set, this.localKeys);
    this.root["results"] = this.results;
    // Behind the current version, so that the first read catches up.
    this.version = (load(this.words, at.VERSION) - 1) | 0;
  }

  /** The next id of this thread's block. */
  newId(): number {
    if (this.#nextId === this.#lastId) {
      this.#nextId = fetchAdd(this.words, at.NEXT_BLOCK, 1) * BLOCK;
      this.#lastId = this.#nextId + BLOCK;
    }
    return this.#nextId++;
  }

  /** How many objects the replica knows. */
  get size(): number {
    return this.#objects.size;
  }

  /** How many bytes of the log this replica has not read. Looks without the lock. */
  get lag(): number {
    if (load(this.words, at.VERSION) === this.version) return 0;
    const end = load(this.words, at.END);
    return load(this.words, at.EPOCH) === this.#epoch ? end - this.#position : end;
  }

  /** Brings the replica up to date. Every read does this; it costs one load when nothing changed. */
  sync(): void {
    if (load(this.words, at.VERSION) !== this.version) this.catchUp();
  }

  /** {@linkcode sync}, when the version has moved. */
  catchUp(): void {
    this.#mutex.acquire();
    try {
      this.#readLog();
    } finally {
      this.#mutex.release();
    }
  }

  /** Whether this thread was declared dead, or has left. */
  get fenced(): boolean {
    return load(this.words, this.#slot + at.SLOT_OWNER) !== this.#owner;
  }

  /** Throws if this thread was declared dead. */
  checkAlive(): void {
    if (this.fenced) throw fencedError(this.#name);
  }

  /** Does something to the header under the internal lock, up to date. */
  exclusively<T>(fn: () => T): T {
    this.#mutex.acquire();
    try {
      this.#readLog();
      return fn();
    } finally {
      this.#mutex.release();
    }
  }

  /** Tells all threads to look: something in the header changed. Under the lock. */
  announce(): void {
    this.version = this.#log.bump();
  }

  /** {@linkcode announce}, by a thread that has left: its own next access must look too. */
  announceDeparture(): void {
    this.#log.bump();
  }

  /** Sees to it that a thread that knows nothing can read the whole state. Under the lock. */
  ensureBase(): void {
    if (this.words[at.HAS_BASE] === 0) this.#restartFrom(this.#snapshot(), 0);
  }

  /** An object's id in this replica; 0 when it is not part of it. */
  idOf(object: object): number {
    return Stamp.idOf(object, this);
  }

  /** The path from the root to an object, as pairs of holder and key; undefined if there is none. */
  pathTo(target: object): [holder: object, key: unknown][] | undefined {
    return this.#objects.pathTo(target);
  }

  /** Appends an encoded operation, and does here what it says. */
  commit(encoder: ValueEncoder, options?: WriteOptions): unknown {
    this.#mutex.acquire();
    try {
      this.#readLog();
      return this.append(encoder, options);
    } finally {
      this.#mutex.release();
    }
  }

  /** {@linkcode commit} of a primitive value for a key: the same, without reading it back. */
  commitSet(encoder: ValueEncoder, target: object, key: string | number, value: unknown): void {
    this.#mutex.acquire();
    try {
      this.#readLog();
      this.#publish(encoder, NOTHING, encoder.length, false);
      setMember(target, key, value);
    } finally {
      this.#mutex.release();
    }
  }

  /** {@linkcode commit}, by who holds the lock and is up to date. */
  append(encoder: ValueEncoder, options: WriteOptions = {}): unknown {
    const { times = 1, growth = encoder.length * Math.max(1, times), shrinks = false } = options;
    const { mentioned } = encoder;
    const start = mentioned.length === 0
      ? this.#publish(encoder, NOTHING, growth, shrinks)
      : this.#publishWith(encoder, mentioned, growth);
    const result = this.#applyBatch(start);
    this.#objects.sweepIfDue();
    return result;
  }

  /** Objects that other threads may have let go are told again before the operation. */
  #publishWith(encoder: ValueEncoder, mentioned: readonly object[], growth: number): number {
    for (;;) {
      const definer = new ReplicaEncoder(this, (id) => this.#objects.isKnown(id));
      for (const object of mentioned) definer.define(object);
      definer.bodies();
      const told = definer.bytes.subarray(0, definer.length);
      // A new beginning of the log is a sweep: what everybody knew before may have to be told now.
      if (this.#room(encoder.length + told.length, growth + told.length, false)) continue;
      for (const object of definer.written) this.#objects.readmit(object);
      return this.#publish(encoder, told, growth, false);
    }
  }

  #publish(encoder: ValueEncoder, told: Uint8Array, growth: number, shrinks: boolean): number {
    const count = told.length + encoder.length;
    this.#room(count, growth + told.length, shrinks);
    const start = this.#log.append(told, encoder, growth + told.length);
    this.#reached(this.#log.bump());
    return start;
  }

  /**
   * Makes room for a batch, or throws before anything has changed.
   *
   * @returns whether a snapshot was written.
   */
  #room(count: number, growth: number, shrinks: boolean): boolean {
    const log = this.#log;
    const total = count + BATCH_HEAD;
    const limit = shrinks ? log.limit : log.limit - Math.min(RESERVE, log.limit >> 2);
    if (log.fits(total, growth, limit)) return false;
    if (log.staysWithin(growth, limit) && total <= limit && log.everybodyHasRead(this.#slot)) {
      log.restart(total);
      this.#attach();
      this.#reached(log.bump());
      return false;
    }
    const snapshot = this.#snapshot();
    const needed = snapshot.length + Math.max(total, growth);
    if (needed > limit) throw full(needed, limit);
    this.#restartFrom(snapshot, total);
    return true;
  }

  #snapshot(): Uint8Array {
    const encoder = new ReplicaEncoder(this, () => false);
    for (const root of [this.root, this.results, this.localKeys]) encoder.define(root);
    encoder.bodies();
    return encoder.bytes.subarray(0, encoder.length);
  }

  #restartFrom(snapshot: Uint8Array, count: number): void {
    this.#log.restartFrom(snapshot, count);
    this.#attach();
    this.#objects.sweep();
    this.#reached(this.#log.bump());
  }

  /** This replica has read everything there is. */
  #reached(version: number): void {
    const { words } = this;
    this.version = version;
    this.#epoch = words[at.EPOCH]!;
    this.#position = words[at.END]!;
    words[this.#slot + at.SLOT_EPOCH] = this.#epoch;
    words[this.#slot + at.SLOT_POSITION] = this.#position;
  }

  #attach(): void {
    this.#decoder.attach(this.#log.bytes);
  }

  #readLog(): void {
    const { words } = this;
    const version = words[at.VERSION]!;
    if (version === this.version) return;
    // A fence moves the version, so who is up to date is alive.
    if (words[this.#slot + at.SLOT_OWNER] !== this.#owner) throw fencedError(this.#name);
    if (this.#log.refreshView()) this.#attach();
    if (this.#epoch !== words[at.EPOCH]) this.#enterEpoch();
    const end = this.#log.base + words[at.END]!;
    let next = this.#log.base + this.#position;
    while (next < end) {
      this.#applyBatch(next);
      next = this.#decoder.at;
      this.#objects.sweepIfDue();
    }
    this.#reached(version);
  }

  #enterEpoch(): void {
    const { words } = this;
    const isNext = ((this.#epoch + 1) & 0x7fff_ffff) === words[at.EPOCH];
    const snapshotLength = words[at.SNAPSHOT_LENGTH]!;
    if (this.#epoch < 0 || !isNext || this.#position !== words[at.PREVIOUS_END]) {
      assert(words[at.HAS_BASE] === 1, "The log was begun anew, but a thread had not read it");
      const end = this.#log.base + snapshotLength;
      this.#decoder.at = this.#log.base;
      while (this.#decoder.at < end) this.#applyRecord();
    }
    if (snapshotLength > 0) this.#objects.sweep();
    this.#position = snapshotLength;
  }

  #applyBatch(start: number): unknown {
    const decoder = this.#decoder;
    decoder.at = start;
    const end = start + BATCH_HEAD + decoder.u32();
    let result: unknown;
    while (decoder.at < end) result = this.#applyRecord() ?? result;
    return result;
  }

  #applyRecord(): unknown {
    return applyRecord(this.#decoder, this.#find);
  }

  readonly #find = (id: number): object | undefined => this.#objects.peek(id);
}

/** The error for a thread that was declared dead. */
function fencedError(name: string): ThreadFencedError {
  return new ThreadFencedError(
    `${name} was declared dead, or has left: it may not touch the shared state any more`,
  );
}
