/**
 * The wakeups of a plan: an eventcount in shared memory. Two kinds of thread wait on a plan:
 * workers with nothing to take, and the main thread with nothing to report. A wakeup costs a system
 * call, so none is made unless a thread waits.
 *
 * The protocol is that of an eventcount: read the sequence number (WAKE_SEQ), recheck the
 * condition, wait while the sequence number is unchanged.
 *
 * Race prevented: work arrives between a worker's check and its wait. The worker increments
 * WAITERS, checks again, then waits while WAKE_SEQ has the value it read *before* that check. The
 * other side publishes the work, then reads WAITERS. All of these are sequentially consistent, so
 * either the worker sees the work or the other side sees the waiter and increments WAKE_SEQ.
 *
 * Race prevented: the one waiter that is woken cannot run, since leaked code of a task keeps its
 * event loop busy. The others recheck WAKE_SEQ every RECHECK_MS, too.
 */
import { waitAsyncWhile, waitWhile, wake } from "../sync/wait.ts";
import { compareExchange, fetchAdd, load, store } from "../sync/atomics.ts";
import { Word } from "./plan_layout.ts";

/**
 * Time that a worker waits blocked before it waits with its event loop running, in ms. A blocked
 * wait wakes faster; a running event loop handles leaked timers, rejections and messages, and can
 * be terminated.
 */
const BLOCKED_PARK_MS = 1.5;

/**
 * Interval at which a waiting worker rechecks WAKE_SEQ, in ms: rare enough to cost nothing while
 * idle.
 */
const RECHECK_MS = 50;

/** Pause of the main thread while records accumulate, in ms. */
const PAUSE_MS = 2;
/**
 * The same pause where the main thread may block, in ms. A timer fires a millisecond late, and many
 * tasks of microseconds end in that time; a blocked wait ends on time.
 */
const BLOCKED_PAUSE_MS = 0.1;

/** Parks and wakes the threads of a plan: an eventcount. */
export class Wakeups {
  readonly #words: Int32Array;

  constructor(words: Int32Array) {
    this.#words = words;
  }

  /** Number of workers that wait. */
  get waiters(): number {
    return load(this.#words, Word.WAITERS);
  }

  /**
   * Parks a worker until it is woken or has work.
   *
   * @param hasWork Whether there is a reason not to wait; checked once more before the wait.
   * @param mayBlock Whether this thread may block its event loop for a moment.
   */
  async park(hasWork: () => boolean, mayBlock: boolean): Promise<void> {
    const ticket = load(this.#words, Word.WAKE_SEQ);
    fetchAdd(this.#words, Word.WAITERS, 1);
    try {
      if (hasWork()) return;
      if (
        mayBlock && waitWhile(this.#words, Word.WAKE_SEQ, ticket, { timeoutMs: BLOCKED_PARK_MS })
      ) return;
      while (load(this.#words, Word.WAKE_SEQ) === ticket) {
        await waitAsyncWhile(this.#words, Word.WAKE_SEQ, ticket, RECHECK_MS);
      }
    } finally {
      fetchAdd(this.#words, Word.WAITERS, -1);
    }
  }

  /** Wakes at most `count` workers. */
  wakeWorkers(count: number): void {
    if (load(this.#words, Word.WAITERS) === 0) return;
    fetchAdd(this.#words, Word.WAKE_SEQ, 1);
    wake(this.#words, Word.WAKE_SEQ, count);
  }

  /** Ends the run: wakes every worker that waits or is about to, and a main thread that pauses. */
  end(): void {
    fetchAdd(this.#words, Word.WAKE_SEQ, 1);
    wake(this.#words, Word.WAKE_SEQ);
    store(this.#words, Word.RUN_ENDED, 1);
    wake(this.#words, Word.RUN_ENDED);
  }

  /** Parks the main thread until a record is logged. The wait does not keep the process alive. */
  async parkMain(hasUnread: () => boolean): Promise<void> {
    store(this.#words, Word.MAIN_WAITING, 1);
    if (hasUnread()) {
      store(this.#words, Word.MAIN_WAITING, 0);
      return;
    }
    await waitAsyncWhile(this.#words, Word.MAIN_WAITING, 1);
  }

  /**
   * Pauses the main thread while many records are logged, so that workers need not wake it for
   * each. The end of the run ends the pause at once.
   */
  async pauseMain(): Promise<void> {
    await waitAsyncWhile(this.#words, Word.RUN_ENDED, 0, PAUSE_MS);
  }

  /**
   * Pauses like {@linkcode pauseMain}, but blocks the thread: for pools whose threads continue
   * meanwhile. The caller must let the event loop turn afterwards.
   */
  pauseMainBlocked(): void {
    waitWhile(this.#words, Word.RUN_ENDED, 0, { timeoutMs: BLOCKED_PAUSE_MS });
  }

  /** Wakes the main thread if it waits. */
  wakeMain(): void {
    if (load(this.#words, Word.MAIN_WAITING) === 0) return;
    if (compareExchange(this.#words, Word.MAIN_WAITING, 1, 0)) wake(this.#words, Word.MAIN_WAITING);
  }
}
