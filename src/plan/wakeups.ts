/**
 * Who sleeps, and who wakes whom. Two kinds of thread sleep on a plan: workers with nothing to take,
 * and the main thread with nothing to report. Waking costs a system call, so nobody is woken who does
 * not sleep.
 *
 * Race prevented: work arrives between a worker's look and its sleep. The worker counts itself among
 * the SLEEPERS, then looks again, then sleeps while BELL has the value it read *before* that look.
 * The other side publishes the work, then reads SLEEPERS. All of these are sequentially consistent,
 * so either the worker sees the work or the other side sees the sleeper and changes BELL.
 *
 * And: the one sleeper that is woken cannot get up, since something that a task left behind keeps its
 * event loop busy. The others look at BELL every LOOK_MS, too.
 */
import { waitAsyncWhile, waitWhile, wake } from "../sync/wait.ts";
import { compareExchange, fetchAdd, load, store } from "../sync/atomics.ts";
import { Word } from "./plan_layout.ts";

/**
 * How long a worker sleeps blocked before it sleeps with its event loop turning. A blocked sleep wakes
 * faster; a turning event loop sees timers and rejections that a task left behind, gets messages,
 * and can be terminated.
 */
const BLOCKED_MS = 1.5;

/** How long a worker sleeps, with its event loop turning, before it looks whether others were woken. */
const LOOK_MS = 50;

/** How long the main thread lets records add up when there are many. */
const REST_MS = 2;
/** The same where it may block: a timer takes a millisecond longer than was asked, and many tasks are over by then. */
const BLOCKED_REST_MS = 0.1;

/** See the head of this file. */
export class Wakeups {
  readonly #words: Int32Array;

  constructor(words: Int32Array) {
    this.#words = words;
  }

  /** How many workers sleep. */
  get sleepers(): number {
    return load(this.#words, Word.SLEEPERS);
  }

  /**
   * A worker's sleep, until it is woken or there is something to look at.
   *
   * @param hasWork Whether there is no reason to sleep, looked at once more before sleeping.
   * @param mayBlock Whether this thread's event loop may stand still for a moment.
   */
  async park(hasWork: () => boolean, mayBlock: boolean): Promise<void> {
    const ticket = load(this.#words, Word.BELL);
    fetchAdd(this.#words, Word.SLEEPERS, 1);
    try {
      if (hasWork()) return;
      if (mayBlock && waitWhile(this.#words, Word.BELL, ticket, { timeoutMs: BLOCKED_MS })) return;
      while (load(this.#words, Word.BELL) === ticket) {
        await waitAsyncWhile(this.#words, Word.BELL, ticket, LOOK_MS);
      }
    } finally {
      fetchAdd(this.#words, Word.SLEEPERS, -1);
    }
  }

  /** Wakes at most `count` workers. */
  wakeWorkers(count: number): void {
    if (load(this.#words, Word.SLEEPERS) === 0) return;
    fetchAdd(this.#words, Word.BELL, 1);
    wake(this.#words, Word.BELL, count);
  }

  /** The run is over: wakes every worker, whoever is about to sleep, and a main thread that rests. */
  end(): void {
    fetchAdd(this.#words, Word.BELL, 1);
    wake(this.#words, Word.BELL);
    store(this.#words, Word.ENDED, 1);
    wake(this.#words, Word.ENDED);
  }

  /** The main thread's sleep, until something was logged. It does not keep the process alive. */
  async parkMain(hasUnread: () => boolean): Promise<void> {
    store(this.#words, Word.LISTENER, 1);
    if (hasUnread()) {
      store(this.#words, Word.LISTENER, 0);
      return;
    }
    await waitAsyncWhile(this.#words, Word.LISTENER, 1);
  }

  /**
   * The main thread's rest when much is going on: it lets things add up, so that workers need not wake
   * it for each. The end of the run ends it at once.
   */
  async pauseMain(): Promise<void> {
    await waitAsyncWhile(this.#words, Word.ENDED, 0, REST_MS);
  }

  /** The same, blocked: for where threads go on meanwhile. The event loop is to turn after it. */
  restBlocked(): void {
    waitWhile(this.#words, Word.ENDED, 0, { timeoutMs: BLOCKED_REST_MS });
  }

  /** Wakes the main thread if it sleeps. */
  wakeListener(): void {
    if (load(this.#words, Word.LISTENER) === 0) return;
    if (compareExchange(this.#words, Word.LISTENER, 1, 0)) wake(this.#words, Word.LISTENER);
  }
}
