/**
 * The user's lock within a thread: decides which async flow holds it.
 *
 * The thread owns the {@linkcode ThreadLock} while the stack of holds is not empty. Each hold
 * belongs to a flow. A request from within the flow on top of the stack (re-entrancy) gets a hold
 * of its own on top of it: nested sections of one flow succeed, and two branches started within one
 * section exclude each other. All other requests wait asynchronously, in the order of their
 * arrival.
 *
 * Flows are distinguished as follows. `run(fn)` gives `fn` a flow of its own. `acquireAsync` gives
 * one to the code after `await`: the guard enters the flow when `using` reads its dispose method,
 * since that happens there, where no caller is on the stack to which the flow could leak. `acquire`
 * enters a flow at once.
 */

import { primordials } from "../../runtime/primordials.ts";
import type { StateLock, StateLockGuard } from "../../task/context.ts";
import { AsyncLockGuard, type Hold, LockGuard } from "./lock_guard.ts";
import { StateLockError } from "../state_errors.ts";
import { type AsyncFlow, Flows, isWithin, nearestOpenFlow } from "./async_flow.ts";
import type { ThreadLock } from "./thread_lock.ts";

const OTHER_BRANCH =
  "Cannot acquire the state lock: another branch of this thread holds it, so the wait would never end; " +
  "use `using lock = await state._state_lock.acquireAsync()` or `state._state_lock.run(fn)`";
const OVERLAP =
  "Cannot release the state lock: two branches of this thread held it at once, since acquire() was " +
  "held across an await; use `using lock = await state._state_lock.acquireAsync()` or `state._state_lock.run(fn)`";
const BUSY =
  "Cannot acquire the state lock: another thread holds it, and the main thread must not block; " +
  "use `await state._state_lock.acquireAsync()` or `state._state_lock.run(fn)`";

const TASK_ENDED =
  "Cannot acquire the state lock: the task that requested it has ended; await the promise of acquireAsync()";

const TASK_FAILED = "Cannot acquire the state lock: the task that requested it has failed; " +
  "end all branches of a task before it fails, and when task.signal is aborted";

/** The lock between threads, as one thread uses it. */
export type UserLock = Pick<
  ThreadLock,
  "isHeld" | "tryAcquire" | "spin" | "acquire" | "acquireAsync" | "release" | "takeAbandoned"
>;

interface Waiter {
  readonly parent: AsyncFlow | undefined;
  /** The owner of the code that waits. */
  readonly owner: object | undefined;
  /** Whether the caller releases the hold; a hold of `run` ends with its function. */
  readonly isOpen: boolean;
  resolve(hold: Hold): void;
  reject(error: unknown): void;
}

/** The user's lock within a thread. */
export class FlowLock implements StateLock {
  readonly #threadLock: UserLock;
  readonly #mayBlock: boolean;
  readonly #checkAlive: () => void;
  readonly #holds: Hold[] = [];
  readonly #waiters: Waiter[] = [];
  readonly #release = (hold: Hold) => this.release(hold);
  #flows: Flows | undefined;
  #isAcquiring = false;
  /** Creates the error of a request, while this thread may not acquire the lock. */
  createRefusal: (() => Error) | undefined;
  /** Returns the owner of the current code, such as a task; undefined if that is not known. */
  currentOwner: () => object | undefined = () => undefined;
  /** Owners that get the lock no more; undefined while there are none, which is the fast path. */
  #fenced: WeakSet<object> | undefined;

  /**
   * @param word The lock between threads.
   * @param mayBlock Whether {@linkcode acquire} may block this thread.
   * @param checkAlive Throws if this thread is fenced.
   */
  constructor(word: UserLock, mayBlock: boolean, checkAlive: () => void) {
    this.#threadLock = word;
    this.#mayBlock = mayBlock;
    this.#checkAlive = checkAlive;
  }

  /** Acquires the lock for the current flow. See {@linkcode StateLock.acquire}. */
  acquire(): StateLockGuard {
    this.#checkOwner();
    const flows = this.#flows ??= new Flows();
    const parent = flows.current();
    const hold = newHold(parent, true);
    // Done before the lock is acquired, since other threads wait while it is held.
    flows.enter(hold);
    try {
      const top = this.#holds.at(-1);
      if (top === undefined) {
        this.#acquireThreadLock();
      } else {
        this.#checkAlive();
        if (!isWithin(parent, top)) throw new StateLockError(OTHER_BRANCH);
      }
    } catch (error) {
      flows.leave(hold);
      throw error;
    }
    this.#push(hold);
    return new LockGuard(hold, this.#release);
  }

  /** Acquires the lock without blocking. See {@linkcode StateLock.acquireAsync}. */
  async acquireAsync(): Promise<StateLockGuard> {
    const flows = this.#flows ??= new Flows();
    const hold = await this.#request(flows.current(), true);
    return new AsyncLockGuard(hold, this.#release, flows);
  }

  /** Calls `fn` while holding the lock. See {@linkcode StateLock.run}. */
  async run<T>(fn: () => T): Promise<Awaited<T>> {
    const flows = this.#flows ??= new Flows();
    const requested = this.#request(flows.current(), false);
    // No await if the lock is free: `fn` runs synchronously.
    const hold = requested instanceof Promise ? await requested : requested;
    try {
      return await flows.run(hold, fn);
    } finally {
      this.release(hold);
    }
  }

  /** Releases a hold. Has no effect if the hold is released already. */
  release(hold: Hold): void {
    if (hold.isDone) return;
    const above = this.#holds[this.#holds.indexOf(hold) + 1];
    hold.isDone = true;
    this.#popDone();
    this.#flows?.leave(hold);
    // With `using`, an inner section ends before the outer one; this one began in another branch.
    if (above?.isSync && hold.isSync && above.parent === hold) throw new StateLockError(OVERLAP);
  }

  /**
   * Releases all holds of this thread after a task has ended, and rejects the requests of its
   * flows, whose holds would never be released.
   *
   * @param failed The owner of the task's code if the task has not passed. Code that still runs
   * would hold the lock during the next task of the thread: all its requests reject from now on.
   * @returns whether anything was held.
   */
  releaseLeaked(failed?: object): boolean {
    if (failed !== undefined) (this.#fenced ??= new WeakSet()).add(failed);
    if (this.#waiters.length > 0) this.#rejectTaskWaiters();
    if (this.#holds.length === 0) return false;
    for (const hold of this.#holds) hold.isDone = true;
    this.#popDone();
    return true;
  }

  #rejectTaskWaiters(): void {
    for (const waiter of this.#waiters.splice(0)) {
      if (this.#isFenced(waiter.owner)) waiter.reject(new StateLockError(TASK_FAILED));
      else if (waiter.isOpen) waiter.reject(new StateLockError(TASK_ENDED));
      else this.#waiters.push(waiter);
    }
  }

  #isFenced(owner: object | undefined): boolean {
    return owner !== undefined && this.#fenced?.has(owner) === true;
  }

  /** Throws if the current code may not acquire the lock. */
  #checkOwner(): void {
    if (this.createRefusal !== undefined) throw this.createRefusal();
    if (this.#fenced !== undefined && this.#isFenced(this.currentOwner())) {
      throw new StateLockError(TASK_FAILED);
    }
  }

  /** Requests a hold: granted synchronously if possible. */
  #request(parent: AsyncFlow | undefined, isOpen: boolean): Hold | Promise<Hold> {
    this.#checkOwner();
    const top = this.#holds.at(-1);
    if (
      top === undefined
        ? this.#waiters.length === 0 && this.#threadLock.tryAcquire()
        : isOpenFlowWithin(parent, top)
    ) {
      return this.#grant(parent);
    }
    this.#checkAlive();
    return new primordials.Promise((resolve, reject) => {
      this.#waiters.push({ parent, owner: this.currentOwner(), isOpen, resolve, reject });
      if (top === undefined) this.#acquireForWaiters();
    });
  }

  #acquireThreadLock(): void {
    // Acquired for a waiting flow that has not run yet: that flow acquires the lock again.
    if (this.#threadLock.isHeld) return;
    if (this.#mayBlock) return this.#threadLock.acquire();
    if (!this.#threadLock.spin()) throw new StateLockError(BUSY);
  }

  #push(hold: Hold): void {
    hold.isDone = false;
    hold.abandonedBy = this.#threadLock.takeAbandoned();
    this.#holds.push(hold);
  }

  /** Grants a hold to a flow. */
  #grant(parent: AsyncFlow | undefined): Hold {
    const hold = newHold(parent, false);
    this.#push(hold);
    return hold;
  }

  /** Pops the holds that are done, then admits the next waiter or releases the thread lock. */
  #popDone(): void {
    while (this.#holds.at(-1)?.isDone) this.#holds.pop();
    const top = this.#holds.at(-1);
    if (top !== undefined) {
      const index = this.#waiters.findIndex(({ parent }) => isOpenFlowWithin(parent, top));
      if (index >= 0) this.#admit(index);
      return;
    }
    // Released even if a flow of this thread waits, so that other threads can acquire it.
    this.#threadLock.release();
    if (this.#waiters.length > 0) this.#acquireForWaiters();
  }

  #admit(index: number): void {
    const [waiter] = this.#waiters.splice(index, 1);
    waiter?.resolve(this.#grant(waiter.parent));
  }

  /** Acquires the thread lock for the first waiter, unless another flow of this thread holds it. */
  async #acquireForWaiters(): Promise<void> {
    if (this.#isAcquiring) return;
    this.#isAcquiring = true;
    try {
      while (this.#waiters.length > 0 && this.#holds.length === 0) {
        await this.#threadLock.acquireAsync();
        // A synchronous section may have used and released the lock in between.
        if (this.#holds.length > 0 || !this.#threadLock.isHeld) continue;
        if (this.#waiters.length > 0) this.#admit(0);
        else this.#threadLock.release(); // the waiter has ended in the meantime
      }
    } catch (error) {
      for (const waiter of this.#waiters.splice(0)) waiter.reject(error);
    } finally {
      this.#isAcquiring = false;
    }
  }
}

function isOpenFlowWithin(parent: AsyncFlow | undefined, top: AsyncFlow): boolean {
  return isWithin(nearestOpenFlow(parent), top);
}

/** Creates a hold, which counts as done until it is granted. */
function newHold(parent: AsyncFlow | undefined, sync: boolean): Hold {
  return {
    parent,
    isDone: true,
    context: undefined,
    previousContext: undefined,
    isSync: sync,
    abandonedBy: undefined,
  };
}
