/**
 * The copy of the state in one thread: ordinary objects, kept up to date with the op log (state
 * machine replication). Reading goes through the {@linkcode LogCursor}; this class writes.
 *
 * Guarantee: all threads apply the same operations in the same order, so replicas at the same
 * position of the log are equal. A write becomes visible to other threads as a whole, or never.
 * Race prevented: a write based on outdated content. The writer catches up under the internal lock
 * before it appends, and no other thread appends in between.
 */

import { fetchAdd } from "../../sync/atomics.ts";
import { ByteWriter } from "../log/byte_writer.ts";
import { reinstate, restoreBuiltIns } from "../log/intrinsics.ts";
import * as layout from "../log/log_layout.ts";
import { BATCH_HEADER_BYTES, OpLog, type OpLogMirror, stateFullError } from "../log/op_log.ts";
import type { PackedObjects, PackedValue } from "../log/packed_value.ts";
import { Kind } from "../log/value_kinds.ts";
import type { Properties } from "../log/decoder.ts";
import { LogCursor, type LogSource } from "./log_cursor.ts";
import { setMember } from "./operations.ts";
import { IDS_PER_BLOCK, ObjectIds } from "./object_ids.ts";
import { ObjectTable } from "./object_table.ts";
import { ObjectTag } from "./object_tag.ts";
import { ReplicaEncoder } from "./replica_encoder.ts";
import type { ResultCells } from "./result_cells.ts";
import type { ValueEncoder } from "./value_encoder.ts";

/**
 * Number of bytes that only writes that shrink the state may use, so that a full state can shrink.
 */
const RESERVED_BYTES = 16 * 1024;
const NO_BYTES = new Uint8Array(0);

/** Options of a write: how it changes the size of the state. */
export interface WriteOptions {
  /** Maximum growth of the state in bytes; by default the length of the record. */
  readonly growth?: number;
  /** Maximum number of copies of the record's values. */
  readonly times?: number;
  /** Whether the write shrinks the state, so that it may use the reserve. */
  readonly shrinks?: boolean;
}

/** The copy of the state in one thread. */
export class Replica {
  /** The header's words. */
  readonly words: Int32Array;
  /** The position in the log, for reading. */
  readonly cursor: LogCursor;
  /** The state. */
  readonly root: Properties = {};
  /** `state.results`. */
  readonly results: Properties = {};
  /** The results of the current run that are outside of the log. */
  resultCells: ResultCells | undefined = undefined;
  /** The unpacked results with bytes, which belong to the current task. */
  readonly resultsWithBytes: Set<PackedValue> = new Set();
  /** The names of thread-local keys. */
  readonly threadLocalKeys: Set<string> = new Set();
  /** Called before a read of a key of the state; `"*"` stands for all keys. */
  onRootRead: ((key: string | symbol) => void) | undefined;
  /** Creates the error for a write of this thread's own, while only others may write. */
  createRefusal: (() => Error) | undefined;
  protected readonly log: OpLog;
  protected readonly objects: ObjectTable;
  readonly #ids: ObjectIds;
  #isAppendingRemote = false;

  /** @param source The source of the log, in a process without shared memory. */
  constructor(
    buffer: SharedArrayBuffer,
    slot: number,
    owner: number,
    name: string,
    source?: LogSource,
  ) {
    const log = this.log = new OpLog(buffer);
    this.words = log.words;
    this.#ids = new ObjectIds(log.words);
    const objects = this.objects = new ObjectTable(this);
    const clear = () => this.#clear();
    const options = { log, objects, clear, slot, owner, name };
    this.cursor = new LogCursor(source === undefined ? options : { ...options, source });
    objects.addRoot(1, Kind.object, this.root);
    objects.addRoot(2, Kind.object, this.results);
    objects.addRoot(3, Kind.set, this.threadLocalKeys);
    this.root["results"] = this.results;
  }

  /** Returns an id that no object has had in any thread. */
  newId(): number {
    return this.#ids.next();
  }

  /** Returns an object's id in this replica; 0 for any other object. */
  idOf(object: object): number {
    return ObjectTag.idOf(object, this);
  }

  /** Whether threads write the log directly; otherwise another process appends for this one. */
  get writesLog(): boolean {
    return true;
  }

  /** Maximum length of a packed value, unpacked: the estimate of it is too high for larger ones. */
  get maxPackedBytes(): number {
    return this.log.limit >> 2;
  }

  /** Returns the packed objects that have this id, if no record has referred into them. */
  packedOf(id: number): PackedObjects | undefined {
    return this.objects.packedOf(id);
  }

  /** Returns the path from a root to an object, as pairs of holder and key; undefined if none. */
  pathTo(target: object): [holder: object, key: unknown][] | undefined {
    return this.objects.pathTo(target);
  }

  /** Calls `fn` under the internal lock, after catching up. */
  withLock<T>(fn: () => T): T {
    const { cursor } = this;
    cursor.acquire();
    try {
      cursor.read();
      return fn();
    } finally {
      cursor.release();
    }
  }

  /** Announces a change of the header to all threads. Under the lock. */
  announce(): void {
    this.cursor.version = this.log.bumpVersion();
  }

  /** {@linkcode announce} by a thread that leaves: its own next access must check, too. */
  announceDeparture(): void {
    this.log.bumpVersion();
  }

  /** Ensures that a new thread can read the whole state from the region. Under the lock. */
  ensureBase(): void {
    if (this.words[layout.HAS_BASE] === 0) this.#restartFrom(this.#snapshot(), 0);
  }

  /** Writes the result of a task that is about to settle. */
  writeResult(write: () => void): void {
    write();
  }

  /** Appends an encoded operation and applies it. Returns the result of the called method. */
  commit(encoder: ValueEncoder, options?: WriteOptions): unknown {
    const { cursor } = this;
    cursor.acquire();
    try {
      cursor.read();
      return this.append(encoder, options);
    } finally {
      cursor.release();
    }
  }

  /** {@linkcode commit} of a primitive value for a key, without decoding it again. */
  commitSet(encoder: ValueEncoder, target: object, key: string | number, value: unknown): void {
    const { cursor } = this;
    cursor.acquire();
    try {
      cursor.read();
      this.#publish(encoder, NO_BYTES, encoder.length, false);
      this.objects.mention(target);
      setMember(target, key, value);
      cursor.isApplying = false;
    } finally {
      cursor.release();
    }
  }

  /**
   * {@linkcode commit} of packed objects for a key of the root, without unpacking them.
   *
   * @param growth Maximum length of a snapshot of the unpacked objects.
   */
  commitPacked(encoder: ValueEncoder, key: string, packed: PackedObjects, growth: number): void {
    const { cursor } = this;
    cursor.acquire();
    try {
      cursor.read();
      this.#publish(encoder, NO_BYTES, growth, false);
      setMember(this.root, key, this.objects.addPacked(packed));
      cursor.isApplying = false;
    } finally {
      cursor.release();
    }
  }

  /** {@linkcode commit} within {@linkcode withLock}. */
  append(encoder: ValueEncoder, options: WriteOptions = {}): unknown {
    const { times = 1, growth = encoder.length * Math.max(1, times), shrinks = false } = options;
    const { mentioned } = encoder;
    if (mentioned.length === 0) this.#publish(encoder, NO_BYTES, growth, shrinks);
    else this.#publishWithDefinitions(encoder, mentioned, growth);
    return this.cursor.applyAppended();
  }

  /**
   * Appends a batch that was encoded in a process without shared memory, and applies it.
   *
   * @param isRight Whether the batch is still valid; called after room has been made for it.
   * @returns whether the batch was valid.
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
        this.#publish(writer, NO_BYTES, growth, shrinks);
      } finally {
        this.#isAppendingRemote = false;
      }
      this.cursor.applyAppended();
      return true;
    });
  }

  /** Encodes the whole state, for a replica in another process. */
  takeSnapshot(): Uint8Array {
    return this.withLock(() => this.#snapshot());
  }

  /**
   * Restarts the log with a snapshot, as remote replicas do at the same position: from there on,
   * none of them knows objects that the root does not reach.
   */
  restartLog(): void {
    this.withLock(() => this.#restartFrom(this.#snapshot(), 0));
  }

  /**
   * Replaces the whole content by that of a remote replica. For a state with a single thread.
   *
   * @param snapshot The result of {@linkcode takeSnapshot} of the remote replica.
   */
  loadSnapshot(snapshot: Uint8Array): void {
    this.withLock(() => {
      this.log.restartFromSnapshot(snapshot, 0);
      this.cursor.attach();
      this.cursor.reset();
      this.announceDeparture();
      this.cursor.read();
      this.#ids.discardBlock();
    });
  }

  /** The next free block of ids. */
  get nextBlock(): number {
    return this.words[layout.NEXT_BLOCK]!;
  }

  /** Skips the blocks of ids before this one, which remote replicas have used. */
  skipIds(nextBlock: number): void {
    this.words[layout.NEXT_BLOCK] = Math.max(this.words[layout.NEXT_BLOCK]!, nextBlock);
    this.#ids.discardBlock();
  }

  /** Reserves ids for a process without shared memory. */
  reserveIds(blocks: number): { first: number; count: number } {
    return {
      first: fetchAdd(this.words, layout.NEXT_BLOCK, blocks) * IDS_PER_BLOCK,
      count: blocks * IDS_PER_BLOCK,
    };
  }

  /** Mirrors the log from now on, starting with the whole state. */
  mirrorLog(mirror: OpLogMirror | undefined): void {
    this.withLock(() => {
      if (mirror !== undefined) this.ensureBase();
      this.log.mirrorTo(mirror);
    });
  }

  /** Publishes definitions of objects that other threads may have swept, then the operation. */
  #publishWithDefinitions(
    encoder: ValueEncoder,
    mentioned: readonly object[],
    growth: number,
  ): void {
    for (;;) {
      const definitionEncoder = new ReplicaEncoder(this, (id) => this.objects.isKnown(id));
      for (const object of mentioned) definitionEncoder.define(object);
      definitionEncoder.bodies();
      const definitions = definitionEncoder.content;
      // A snapshot includes a sweep: objects that were known before may need a definition now.
      if (this.#reserve(encoder.length + definitions.length, growth + definitions.length, false)) {
        continue;
      }
      this.#publish(encoder, definitions, growth, false);
      for (const object of definitionEncoder.written) this.objects.readmit(object);
      return;
    }
  }

  #publish(encoder: ByteWriter, definitions: Uint8Array, growth: number, shrinks: boolean): void {
    if (this.createRefusal !== undefined && !this.#isAppendingRemote) throw this.createRefusal();
    const count = definitions.length + encoder.length;
    this.#reserve(count, growth + definitions.length, shrinks);
    const { cursor } = this;
    const position = this.log.append(definitions, encoder, growth + definitions.length);
    // Plain stores, no call: after a tear from here on, the cursor resumes with this batch.
    cursor.batchPosition = position;
    cursor.recordPosition = position + BATCH_HEADER_BYTES;
    cursor.isApplying = true;
    cursor.moveToEnd(this.log.bumpVersion());
  }

  /**
   * Makes room for a batch, or throws before anything has changed.
   *
   * @returns whether the log was restarted with a snapshot.
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
    if (log.staysWithin(growth, limit) && total <= limit && this.cursor.isReadByOthers()) {
      log.restart(total);
      this.cursor.attach();
      this.cursor.moveToEnd(log.bumpVersion());
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
    const { cursor } = this;
    this.log.restartFromSnapshot(snapshot, count);
    cursor.isApplying = true;
    cursor.attach();
    this.objects.sweep();
    cursor.moveToEnd(this.log.bumpVersion());
    cursor.isApplying = false;
  }

  #clear(): void {
    for (const object of [this.root, this.results]) {
      for (const key of Object.keys(object)) delete object[key];
    }
    this.threadLocalKeys.clear();
    this.root["results"] = this.results;
  }
}
