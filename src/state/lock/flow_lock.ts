/**
 * The user's lock within a thread: whose turn it is among the async flows.
 *
 * The thread owns the {@linkcode ThreadLock} while the stack of holds is not empty. A hold belongs to a
 * flow. Whoever asks from within the flow on top (re-entrancy) gets a hold of its own on top of it;
 * so nested sections of one flow go through, and two branches started within one section exclude
 * each other. All others wait in the order they came, those who wait asynchronously.
 *
 * What tells flows apart: `run(fn)` gives `fn` a flow of its own. `acquireAsync` gives the code after
 * `await` one: the guard enters it when `using` looks for its dispose method, which happens there,
 * where no caller is on the stack that it could leak to. `acquire` enters one at once.
 */

import { primordials } from "../../runtime/primordials.ts";
import type { StateLock, StateLockGuard } from "../../task/context.ts";
import { AsyncLockGuard, type Hold, LockGuard } from "./lock_guard.ts";
import { StateLockError } from "../state_errors.ts";
import { type AsyncFlow, Flows, isWithin, nearestOpenFlow } from "./async_flow.ts";
import type { ThreadLock } from "./thread_lock.ts";

/** Why a branch did not get the lock, and what to do. */
const OTHER_BRANCH =
  "Another branch of this thread holds the state lock, so waiting here would never end: " +
  "use `using lock = await state._state_lock.acquireAsync()` or `state._state_lock.run(fn)`";
const OVERLAP =
  "Two branches of this thread were inside the state lock at once, since acquire() was held across " +
  "an await: use `using lock = await state._state_lock.acquireAsync()` or `state._state_lock.run(fn)`";
const BUSY = "Another thread holds the state lock, and the main thread must not block: " +
  "use `await state._state_lock.acquireAsync()` or `state._state_lock.run(fn)`";

const TASK_ENDED =
  "The task that waited for the state lock has ended: await what acquireAsync() returns";

/** The lock between threads, as one thread sees it. */
export type UserLock = Pick<
  ThreadLock,
  "isHeld" | "tryAcquire" | "spin" | "acquire" | "acquireAsync" | "release" | "takeAbandoned"
>;

interface Waiter {
  readonly parent: AsyncFlow | undefined;
  /** Whether the hold is given back by whoever gets it; that of `run` ends with its function. */
  readonly isOpen: boolean;
  resolve(hold: Hold): void;
  reject(error: unknown): void;
}

/** See the head of this file. */
export class FlowLock implements StateLock {
  readonly #threadLock: UserLock;
  readonly #mayBlock: boolean;
  readonly #checkAlive: () => void;
  readonly #holds: Hold[] = [];
  readonly #waiters: Waiter[] = [];
  readonly #release = (hold: Hold) => this.release(hold);
  #flows: Flows | undefined;
  #isAcquiring = false;
  /** Makes the error for whoever wants the lock, while this thread may not have it. */
  createRefusal: (() => Error) | undefined;

  /**
   * @param word The lock between threads.
   * @param mayBlock Whether {@linkcode acquire} may block this thread.
   * @param checkAlive Throws if this thread was fenced.
   */
  constructor(word: UserLock, mayBlock: boolean, checkAlive: () => void) {
    this.#threadLock = word;
    this.#mayBlock = mayBlock;
    this.#checkAlive = checkAlive;
  }

  /** Takes the lock for the current flow. See {@linkcode StateLock.acquire}. */
  acquire(): StateLockGuard {
    if (this.createRefusal !== undefined) throw this.createRefusal();
    const flows = this.#flows ??= new Flows();
    const parent = flows.current();
    const hold = newHold(parent, true);
    // Whatever can be done before the lock is taken is: others wait meanwhile.
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

  /** Waits for the lock on the event loop. See {@linkcode StateLock.acquireAsync}. */
  async acquireAsync(): Promise<StateLockGuard> {
    const flows = this.#flows ??= new Flows();
    const hold = await this.#request(flows.current(), true);
    return new AsyncLockGuard(hold, this.#release, flows);
  }

  /** Calls `fn` with the lock held. See {@linkcode StateLock.run}. */
  async run<T>(fn: () => T): Promise<Awaited<T>> {
    const flows = this.#flows ??= new Flows();
    const requested = this.#request(flows.current(), false);
    // Without an await where the lock is free: `fn` runs at once.
    const hold = requested instanceof Promise ? await requested : requested;
    try {
      return await flows.run(hold, fn);
    } finally {
      this.release(hold);
    }
  }

  /** Gives up a hold. Harmless when it is given up already, or was taken away. */
  release(hold: Hold): void {
    if (hold.isDone) return;
    const above = this.#holds[this.#holds.indexOf(hold) + 1];
    hold.isDone = true;
    this.#popDone();
    this.#flows?.leave(hold);
    // With `using`, an inner section ends before the outer one; here it began in another branch.
    if (above?.isSync && hold.isSync && above.parent === hold) throw new StateLockError(OVERLAP);
  }

  /**
   * A task has ended: gives up everything this thread holds, and what would never be given back, since
   * nobody waits for it any more. Says whether anything was held.
   */
  releaseLeaked(): boolean {
    if (this.#waiters.length > 0) this.#rejectTaskWaiters();
    if (this.#holds.length === 0) return false;
    for (const hold of this.#holds) hold.isDone = true;
    this.#popDone();
    return true;
  }

  #rejectTaskWaiters(): void {
    const left = this.#waiters.filter(({ isOpen }) => isOpen);
    const others = this.#waiters.filter(({ isOpen }) => !isOpen);
    this.#waiters.splice(0, Infinity, ...others);
    for (const waiter of left) waiter.reject(new StateLockError(TASK_ENDED));
  }

  /** A hold, at once if possible. */
  #request(parent: AsyncFlow | undefined, isOpen: boolean): Hold | Promise<Hold> {
    if (this.createRefusal !== undefined) throw this.createRefusal();
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
      this.#waiters.push({ parent, isOpen, resolve, reject });
      if (top === undefined) this.#acquireForWaiters();
    });
  }

  #acquireThreadLock(): void {
    // Fetched for a flow that waits, which has not run yet: it will fetch it again.
    if (this.#threadLock.isHeld) return;
    if (this.#mayBlock) return this.#threadLock.acquire();
    if (!this.#threadLock.spin()) throw new StateLockError(BUSY);
  }

  #push(hold: Hold): void {
    hold.isDone = false;
    hold.abandonedBy = this.#threadLock.takeAbandoned();
    this.#holds.push(hold);
  }

  /** A hold for a flow that waited, or did not need to. */
  #grant(parent: AsyncFlow | undefined): Hold {
    const hold = newHold(parent, false);
    this.#push(hold);
    return hold;
  }

  /** Takes holds that are done off the stack, and lets in who may come next. */
  #popDone(): void {
    while (this.#holds.at(-1)?.isDone) this.#holds.pop();
    const top = this.#holds.at(-1);
    if (top !== undefined) {
      const index = this.#waiters.findIndex(({ parent }) => isOpenFlowWithin(parent, top));
      if (index >= 0) this.#admit(index);
      return;
    }
    // Given back even if a flow of this thread waits, so that other threads have their chance.
    this.#threadLock.release();
    if (this.#waiters.length > 0) this.#acquireForWaiters();
  }

  #admit(index: number): void {
    const [waiter] = this.#waiters.splice(index, 1);
    waiter?.resolve(this.#grant(waiter.parent));
  }

  /** Gets the word for the first who waits, as long as nobody else in this thread has it. */
  async #acquireForWaiters(): Promise<void> {
    if (this.#isAcquiring) return;
    this.#isAcquiring = true;
    try {
      while (this.#waiters.length > 0 && this.#holds.length === 0) {
        await this.#threadLock.acquireAsync();
        // A synchronous section may have come in between, used the word and given it back.
        if (this.#holds.length > 0 || !this.#threadLock.isHeld) continue;
        if (this.#waiters.length > 0) this.#admit(0);
        else this.#threadLock.release(); // whose it was to be has ended in the meantime
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

/** Done until it is granted. */
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
