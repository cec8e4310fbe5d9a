/** The state of a run, shared by all its threads. README.md in this folder describes the design. */

import { InternalError } from "../base/assert.ts";
import { compareExchange, load, store } from "../sync/atomics.ts";
import type { State, StateLock } from "../task/context.ts";
import { realm } from "../task/realm.ts";
import * as layout from "./log/log_layout.ts";
import { type Setup, ThreadLocalKeys } from "./views/thread_local_keys.ts";
import { forceRelease, ThreadLock } from "./lock/thread_lock.ts";
import type { CreateOptions, JoinOptions, StateBytes, StateHandle } from "./state_options.ts";
import { Replica } from "./replica/replica.ts";
import { rejectReservedKey } from "./views/root_handler.ts";
import { ResultCells, type ResultCellsBuffer } from "./replica/result_cells.ts";
import type { CaseResults, WatchRead } from "./views/results_handler.ts";
import { setCustomInspect } from "./replica/set_custom_inspect.ts";
import { snapshot, snapshotOfOwn } from "./replica/snapshot.ts";
import { FlowLock, type UserLock } from "./lock/flow_lock.ts";
import { createUpdate } from "./views/create_update.ts";
import { findPacked, findResult, forgetBytes } from "./results/find_result.ts";
import { packValue } from "./results/pack_value.ts";
import { PackedValue } from "./log/packed_value.ts";
import { Views } from "./views/views.ts";

export { snapshot } from "./replica/snapshot.ts";
export type { CreateOptions, JoinOptions, StateBytes, StateHandle } from "./state_options.ts";
export type { ResultCellsBuffer } from "./replica/result_cells.ts";
export {
  StateCloneError,
  StateFullError,
  StateLockError,
  ThreadFencedError,
} from "./state_errors.ts";

/** The shared state in one thread. */
export class SharedState {
  /** The state that tasks see. */
  readonly root: State;
  /** The user's lock, which is also `root._state_lock`. */
  readonly lock: StateLock;
  readonly #handle: StateHandle;
  readonly #isCreator: boolean;
  readonly #replica: Replica;
  readonly #views: Views;
  readonly #lock: FlowLock;
  readonly #threadLock: UserLock;
  readonly #threadLocals: ThreadLocalKeys;

  private constructor(handle: StateHandle, options: JoinOptions, isCreator: boolean) {
    const { buffer, slot, owner, name } = handle;
    const { mayBlock = true, remote, largeItems } = options;
    this.#handle = handle;
    this.#isCreator = isCreator;
    this.#replica = remote?.replica ?? new Replica(buffer, slot, owner, name);
    this.#threadLocals = new ThreadLocalKeys(this.#replica.threadLocalKeys, () => this.#views);
    this.#views = new Views(this.#replica, this.#threadLocals);
    const checkAlive = () => this.#replica.cursor.checkAlive();
    const word = this.#threadLock = remote?.lock ??
      new ThreadLock(this.#replica.words, slot, owner, checkAlive);
    this.lock = this.#lock = new FlowLock(word, mayBlock, checkAlive);
    // Hidden from enumeration, so JSON.stringify and snapshots of the log leave it out.
    const hidden = { value: this.#lock, enumerable: false, writable: true, configurable: true };
    Object.defineProperty(this.#replica.root, "_state_lock", hidden);
    this.root = this.#views.wrap(this.#replica.root) as State;
    if (largeItems !== undefined) this.#views.writer.largeItems = largeItems;
    this.#views.root.update = createUpdate(this.#views, this.lock);
    for (const raw of [this.#replica.root, this.#replica.results]) setCustomInspect(raw);
    this.#replica.cursor.catchUp();
    realm().snapshots.add(snapshotOfOwn);
  }

  /** Creates a state. Only the calling thread, its creator, can invite and fence threads. */
  static create(options: CreateOptions = {}): SharedState {
    const { initialBytes = 1 << 20, maxBytes = 1 << 30, slots = 64, mayBlock = false } = options;
    const { largeItems } = options;
    const buffer = layout.createStateBuffer(slots, initialBytes, maxBytes);
    return new SharedState(
      { buffer, slot: 0, owner: 1, name: "main" },
      { mayBlock, largeItems },
      true,
    );
  }

  /** Joins a state to which this thread was invited. */
  static join(handle: StateHandle, options: JoinOptions = {}): SharedState {
    return new SharedState(handle, options, false);
  }

  /** This thread's copy, for a pool whose tasks do not share its memory. */
  get replica(): Replica {
    return this.#replica;
  }

  /** Reserves a slot for a new thread. The handle can be joined once. */
  invite(name: string): StateHandle {
    this.#assertCreator("invite");
    const { words } = this.#replica;
    return this.#replica.withLock(() => {
      const slot = this.#freeSlot(name);
      this.#replica.ensureBase();
      const owner = words[layout.NEXT_OWNER]!++;
      const index = layout.slotIndex(slot);
      words[index + layout.SLOT_EPOCH] = -1;
      words[index + layout.SLOT_POSITION] = 0;
      store(words, index + layout.SLOT_TICKET, 0);
      store(words, index + layout.SLOT_OWNER, owner);
      return { buffer: this.#handle.buffer, slot, owner, name };
    });
  }

  /**
   * Frees the slot of a thread that has ended or was declared lost. From now on every access of
   * that thread throws a {@linkcode ThreadFencedError}. If the thread held the user's lock, the
   * lock is released, and its next owner learns the thread's name.
   */
  fence(handle: StateHandle): { heldLock: boolean } {
    this.#assertCreator("fence");
    const { words } = this.#replica;
    const index = layout.slotIndex(handle.slot);
    this.#replica.withLock(() => {
      if (compareExchange(words, index + layout.SLOT_OWNER, handle.owner, 0)) {
        this.#replica.announce();
      }
    });
    return { heldLock: forceRelease(words, handle.slot, handle.owner, handle.name) };
  }

  /**
   * Rejects this thread's writes and lock requests with the error of `refusal`; undefined: accepts.
   */
  refuseWrites(refusal: (() => Error) | undefined): void {
    this.#replica.createRefusal = this.#lock.createRefusal = refusal;
  }

  /**
   * Leaves the state: releases the lock and the slot. This thread may not use the state any more.
   */
  leave(): void {
    this.#lock.releaseLeaked();
    const { words } = this.#replica;
    const { slot, owner } = this.#handle;
    if (this.#replica.cursor.isFenced) return;
    this.#replica.withLock(() => {
      compareExchange(words, layout.slotIndex(slot) + layout.SLOT_OWNER, owner, 0);
      this.#replica.announceDeparture();
    });
  }

  /** Sets the function that returns the owner of the current code: see {@linkcode FlowLock}. */
  setOwners(currentOwner: () => object | undefined): void {
    this.#lock.currentOwner = currentOwner;
  }

  /** Sets a callback for each lookup of a result. An error thrown by it reaches the reader. */
  watchResults(watch: WatchRead | undefined): void {
    this.#views.results.onRead = watch;
  }

  /**
   * Sets a callback for each write, with the key of the state through which its target was reached.
   */
  watchWrites(watch: ((topKey: string) => void) | undefined): void {
    this.#views.writer.onWrite = watch;
  }

  /**
   * Sets a callback for each read of a key of the state, and of a result through `state.results`.
   * The key is `"*"`, or a symbol, where all keys are read. An error thrown by it reaches the
   * reader. Reads of objects that the task holds already are not observed.
   */
  watchReads(watch: ((key: string | symbol, isResult: boolean) => void) | undefined): void {
    this.#replica.onRootRead = watch && ((key) => watch(key, false));
    this.#views.results.onAnyRead = watch && ((name) => watch(name, true));
  }

  /** Makes the name of each task with cases read as a record of the results of its cases. */
  groupResults(cases: ReadonlyMap<string, CaseResults> | undefined): void {
    this.#views.results.cases = cases;
  }

  /** Whether there is a result of this name, returned by a task or given by the caller. */
  hasResult(name: string): boolean {
    this.#replica.cursor.sync();
    return Object.hasOwn(this.#replica.results, name) ||
      (this.#replica.resultCells?.has(name) ?? false);
  }

  /**
   * Returns the result of this name, a read-only value of this thread; undefined if there is none.
   * Callbacks are not called.
   */
  resultOf(name: string): { readonly value: unknown } | undefined {
    return findResult(this.#replica, name);
  }

  /** Returns the length in bytes of a packed result, without unpacking it; 0 for any other. */
  packedLengthOf(name: string): number {
    return findPacked(this.#replica, name)?.bytes.length ?? 0;
  }

  /** Writes a task's result to `state.results`, as a value of its own. */
  setResult(name: string, value: unknown): void {
    const { results } = this.#replica;
    if (isPrimitive(value)) this.#views.writer.set(results, name, value, () => "result");
    else this.#views.writer.setPacked(results, name, packValue(value, "result"));
  }

  /** Sets keys of the state in one operation: an object in several of them stays one. */
  fill(entries: readonly (readonly [key: string, value: unknown])[]): void {
    for (const [key] of entries) rejectReservedKey(key);
    this.#views.writer.setAll(this.#replica.root, entries);
  }

  /** Removes all results. */
  clearResults(): void {
    this.#replica.cursor.sync();
    const { results } = this.#replica;
    if (Object.keys(results).length > 0) this.#views.writer.clear(results);
    this.#replica.resultCells = undefined;
  }

  /**
   * Creates the cells of a run, which keep small results outside of the log: see result_cells.ts.
   * The creator does this before the run; results of the previous run are kept.
   *
   * @param names The tasks of the run by id.
   * @returns the buffer with which the other threads join.
   */
  openResults(names: readonly string[]): ResultCellsBuffer {
    this.#assertCreator("openResults");
    const before = this.#replica.resultCells;
    for (const name of before?.filledNames() ?? []) {
      const content = before!.get(name);
      if (content instanceof PackedValue) this.#keepPacked(name, content);
      else this.setResult(name, content);
    }
    const cells = new ResultCells(names, this.#handle.buffer.maxByteLength);
    this.#replica.resultCells = cells;
    return cells.buffer;
  }

  /** Joins the cells of a run. */
  joinResults(names: readonly string[], buffer: ResultCellsBuffer): void {
    this.#replica.resultCells = new ResultCells(names, buffer);
  }

  /** Writes the result of the task with this id to `state.results`. */
  setResultOf(id: number, name: string, value: unknown): void {
    // A cell has no lock that would stop a fenced thread.
    this.#replica.cursor.checkAlive();
    const { resultCells: cells } = this.#replica;
    if (cells?.write(id, value)) return;
    if (cells === undefined) {
      // A holder of the lock writes at once: the lock's fencing token is that of the write.
      if (this.#threadLock.isHeld) return this.setResult(name, value);
      return this.#replica.writeResult(() => this.setResult(name, value));
    }
    const content = packValue(value, "result");
    this.#replica.cursor.checkAlive(); // getters of the value may have run for long
    cells.writePacked(id, content);
  }

  /** Removes a result: a task that did not pass has none. */
  dropResult(id: number, name: string): void {
    this.#replica.resultCells?.clear(id);
    this.#replica.cursor.sync();
    const { results } = this.#replica;
    if (Object.hasOwn(results, name)) this.#views.writer.delete(results, name);
  }

  /**
   * Applies writes of other threads if they exceed `maxLagBytes`. A thread that seldom accesses the
   * state does this between events, so that the log can restart without a snapshot.
   */
  catchUp(maxLagBytes = 0): void {
    if (this.#replica.cursor.lagBytes > maxLagBytes) this.#replica.cursor.sync();
  }

  /**
   * Runs the user's setupState: keys whose values cannot be shared become thread-local.
   *
   * @returns a note for each of these keys.
   */
  setup(fn: Setup): Promise<readonly string[]> {
    this.#assertCreator("setup");
    return this.#threadLocals.define(this.root, fn);
  }

  /** Whether the state has thread-local keys. */
  get hasThreadLocals(): boolean {
    this.#replica.cursor.sync();
    return this.#threadLocals.size > 0;
  }

  /** Sets the function to run at the first read of a thread-local key in this thread. */
  useSetup(fn: Setup): void {
    this.#threadLocals.useSetup(fn);
  }

  /** Runs setupState for this thread's own values now: required if it is asynchronous. */
  async prepareThreadLocals(fn: Setup): Promise<void> {
    if (this.hasThreadLocals) await this.#threadLocals.prepare(fn);
  }

  /**
   * Releases the locks that a finished task has leaked, and forgets the bytes that it has read.
   *
   * @param failed The owner of the task's code if the task has not passed: code that still runs
   * cannot acquire the lock any more.
   * @returns whether there were any.
   */
  releaseLeaked(failed?: object): boolean {
    this.#replica.cursor.repair();
    forgetBytes(this.#replica);
    return this.#lock.releaseLeaked(failed);
  }

  /** A plain copy of the state, without the lock and without thread-local keys. */
  sanitized(): Record<string, unknown> {
    return snapshot(this.root) as Record<string, unknown>;
  }

  /** The current sizes. */
  get bytes(): StateBytes {
    const { words } = this.#replica;
    const { buffer } = this.#handle;
    return {
      used: load(words, layout.END),
      capacity: buffer.byteLength,
      max: buffer.maxByteLength,
      snapshots: load(words, layout.SNAPSHOTS),
      restarts: load(words, layout.RESTARTS),
    };
  }

  #keepPacked(name: string, { bytes }: PackedValue): void {
    this.#views.writer.setPacked(this.#replica.results, name, {
      byteLength: bytes.length,
      writeTo(target) {
        target.set(bytes);
        return true;
      },
    });
  }

  #freeSlot(name: string): number {
    const { words } = this.#replica;
    const count = words[layout.SLOT_COUNT]!;
    for (let slot = 0; slot < count; slot++) {
      if (load(words, layout.slotIndex(slot) + layout.SLOT_OWNER) === 0) return slot;
    }
    throw new RangeError(
      `Cannot invite "${name}": at most ${count} threads can share a state at once`,
    );
  }

  #assertCreator(what: string): void {
    if (!this.#isCreator) {
      throw new InternalError(`Cannot call ${what}(): only the creator of the state can`);
    }
  }
}

/** Whether a result is written as it is: reading it costs less than unpacking it. */
function isPrimitive(value: unknown): boolean {
  return value === null || (typeof value !== "object" && typeof value !== "string");
}
