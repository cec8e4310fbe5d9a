/**
 * The reading half of a replica: which objects there are, how far the log was read, who may read.
 *
 * Race prevented: none, but a tear. User code may run out of stack anywhere, inside of this too, and
 * catch the error. So what begins under the lock is marked (`inside`, `applying`) by plain stores that
 * need no stack, and the next access finds the marks: it gives back a lock that is still held, and
 * does the record again that was torn, which all records allow for (see operations.ts). Meanwhile this
 * thread counts as one that has read nothing, so the log is not begun anew without a snapshot; where it
 * was begun anew, the replica is rebuilt from that.
 */

import { assert } from "../../base/assert.ts";
import { Mutex } from "../../sync/mutex.ts";
import { load } from "../../sync/atomics.ts";
import { Decoder, type Properties } from "../log/decoder.ts";
import { fencedError } from "../state_errors.ts";
import { ObjectIds } from "./object_ids.ts";
import { Kind } from "../log/value_kinds.ts";
import { reinstate, restoreBuiltIns } from "../log/intrinsics.ts";
import * as layout from "../log/log_layout.ts";
import { BATCH_HEADER_BYTES, OpLog } from "../log/op_log.ts";
import { ObjectTable } from "./object_table.ts";
import { applyRecord } from "./operations.ts";
import type { ResultCells } from "./result_cells.ts";
import { ObjectTag } from "./object_tag.ts";

/** See the head of this file. */
export class ReplicaReader {
  /** The header's words. */
  readonly words: Int32Array;
  /** The version of the state this replica has reached; NaN after a tear. */
  version: number;
  /** The state. */
  readonly root: Properties = {};
  /** `state.results`. */
  readonly results: Properties = {};
  /** The results of the run at hand that stand outside of the log. */
  resultCells: ResultCells | undefined = undefined;
  /** The names of thread-local keys. */
  readonly threadLocalKeys: Set<string> = new Set();

  protected readonly log: OpLog;
  protected readonly objects: ObjectTable;
  protected readonly ids: ObjectIds;
  /** The index of this thread's slot. */
  protected readonly slot: number;
  /** Set while an operation is being applied. */
  protected isApplying = false;
  /** Meanwhile: where its batch begins, and the record at hand. */
  protected batchPosition = 0;
  protected recordPosition = 0;
  readonly #mutex: Mutex;
  readonly #owner: number;
  readonly #name: string;
  readonly #decoder: Decoder;
  #isAcquired = false;
  #epoch = -1;
  #position = 0;

  constructor(buffer: SharedArrayBuffer, slot: number, owner: number, name: string) {
    this.log = new OpLog(buffer);
    this.words = this.log.words;
    this.ids = new ObjectIds(this.words);
    this.#mutex = new Mutex(this.words, layout.MUTEX, owner);
    this.#owner = owner;
    this.slot = layout.slotIndex(slot);
    this.#name = name;
    this.objects = new ObjectTable(this);
    this.#decoder = new Decoder(this.objects);
    this.#decoder.attach(this.log.bytes);
    this.objects.addRoot(1, Kind.object, this.root);
    this.objects.addRoot(2, Kind.object, this.results);
    this.objects.addRoot(3, Kind.set, this.threadLocalKeys);
    this.root["results"] = this.results;
    // Behind the current version, so that the first read catches up.
    this.version = (load(this.words, layout.VERSION) - 1) | 0;
  }

  /** The next id of this thread's block. */
  newId(): number {
    return this.ids.next();
  }

  /** How many bytes of the log this replica has not read. Looks without the lock. */
  get lagBytes(): number {
    if (load(this.words, layout.VERSION) === this.version) return 0;
    const end = load(this.words, layout.END);
    return load(this.words, layout.EPOCH) === this.#epoch ? end - this.#position : end;
  }

  /** Brings the replica up to date. Every read does this; it costs one load when nothing changed. */
  sync(): void {
    if (load(this.words, layout.VERSION) !== this.version) this.catchUp();
  }

  /** {@linkcode sync}, when the version has moved. */
  catchUp(): void {
    this.acquire();
    try {
      this.readLog();
    } finally {
      this.release();
    }
  }

  /** Whether this thread was declared dead, or has left. */
  get isFenced(): boolean {
    return load(this.words, this.slot + layout.SLOT_OWNER) !== this.#owner;
  }

  /** Throws if this thread was declared dead. */
  checkAlive(): void {
    if (this.isFenced) throw fencedError(this.#name);
  }

  /** An object's id in this replica; 0 when it is not part of it. */
  idOf(object: object): number {
    return ObjectTag.idOf(object, this);
  }

  /** The path from the root to an object, as pairs of holder and key; undefined if there is none. */
  pathTo(target: object): [holder: object, key: unknown][] | undefined {
    return this.objects.pathTo(target);
  }

  /** Takes the internal lock. */
  protected acquire(): void {
    // Only after a tear: the lock was taken, and there was no stack left to give it back.
    if (this.isApplying) this.words[this.slot + layout.SLOT_EPOCH] = -1;
    if (this.#isAcquired && this.#mutex.isHeld) this.#mutex.release();
    this.#isAcquired = true;
    this.#mutex.acquire();
  }

  /** Gives the internal lock back. */
  protected release(): void {
    if (this.isApplying) {
      this.version = NaN;
      this.words[this.slot + layout.SLOT_EPOCH] = -1;
    }
    this.#mutex.release();
    this.#isAcquired = false;
  }

  /** After a tear: gives the lock back now, so that no other thread waits for it. */
  repair(): void {
    if (this.#isAcquired) this.catchUp();
  }

  /** This replica has read everything there is. */
  protected markRead(version: number): void {
    const { words } = this;
    this.version = version;
    this.#epoch = words[layout.EPOCH]!;
    this.#position = words[layout.END]!;
    words[this.slot + layout.SLOT_EPOCH] = this.#epoch;
    words[this.slot + layout.SLOT_POSITION] = this.#position;
  }

  /** Reads from the memory as it is now. */
  protected attach(): void {
    this.#decoder.attach(this.log.bytes);
  }

  /** Catches up, under the lock. */
  protected readLog(): void {
    const { words } = this;
    const version = words[layout.VERSION]!;
    if (version === this.version) return;
    const replaced = restoreBuiltIns();
    try {
      this.#readNew();
    } finally {
      if (replaced !== undefined) reinstate(replaced);
    }
  }

  #readNew(): void {
    const { words } = this;
    // A fence moves the version, so who is up to date is alive.
    if (words[this.slot + layout.SLOT_OWNER] !== this.#owner) throw fencedError(this.#name);
    if (this.log.refreshView()) this.attach();
    if (this.isApplying) this.#epoch === words[layout.EPOCH] ? this.#resume() : this.#rebuild();
    if (this.#epoch !== words[layout.EPOCH]) this.#enterEpoch();
    const end = this.log.base + words[layout.END]!;
    while (this.log.base + this.#position < end) {
      this.batchPosition = this.log.base + this.#position;
      this.recordPosition = this.batchPosition + BATCH_HEADER_BYTES;
      this.isApplying = true;
      this.applyBatch(this.batchPosition);
      this.objects.sweepIfDue();
      this.#position = this.recordPosition - this.log.base;
      this.isApplying = false;
    }
    this.markRead(words[layout.VERSION]!);
  }

  /** After a tear: goes on with the record that was torn. */
  #resume(): void {
    // If it was one of our own, others may not have been told.
    this.log.bumpVersion();
    this.#decoder.position = this.batchPosition;
    const end = this.batchPosition + BATCH_HEADER_BYTES + this.#decoder.u32();
    this.#decoder.position = this.recordPosition;
    while (this.recordPosition < end) this.#applyRecord();
    this.objects.sweepIfDue();
    this.#position = end - this.log.base;
    this.isApplying = false;
  }

  /** After a tear: begins again. */
  #rebuild(): void {
    const why = `${this.#name} ran out of stack in the middle of a change of the state`;
    assert(this.words[layout.HAS_BASE] !== 0, why);
    this.reset();
  }

  /** Begins again with nothing, as a thread that joins. Objects keep their identity. */
  protected reset(): void {
    this.objects.weakenAll();
    this.#decoder.savedItems = undefined;
    for (const object of [this.root, this.results]) {
      for (const key of Object.keys(object)) delete object[key];
    }
    this.threadLocalKeys.clear();
    this.root["results"] = this.results;
    this.#epoch = -1;
  }

  #enterEpoch(): void {
    const { words } = this;
    // A sweep half done, or a snapshot half read, is a tear as well.
    this.isApplying = true;
    const isNext = ((this.#epoch + 1) & 0x7fff_ffff) === words[layout.EPOCH];
    const snapshotLength = words[layout.SNAPSHOT_LENGTH]!;
    if (this.#epoch < 0 || !isNext || this.#position !== words[layout.PREVIOUS_END]) {
      assert(words[layout.HAS_BASE] === 1, "The log was begun anew, but a thread had not read it");
      const end = this.log.base + snapshotLength;
      this.#decoder.position = this.log.base;
      while (this.#decoder.position < end) this.#applyRecord();
    }
    if (snapshotLength > 0) this.objects.sweep();
    this.#epoch = words[layout.EPOCH]!;
    this.#position = snapshotLength;
    this.isApplying = false;
  }

  /** Does what a batch says. Returns what its method returned. */
  protected applyBatch(start: number): unknown {
    const decoder = this.#decoder;
    decoder.position = start;
    const end = start + BATCH_HEADER_BYTES + decoder.u32();
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

  readonly #find = (id: number): object | undefined => this.objects.peek(id);
}
