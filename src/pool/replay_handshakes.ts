/**
 * Workers that run the main program again, until it has made a scheduler there: then they say hello, and
 * can be given a run. A program that makes none would be waited for in vain.
 */
import { callAfterTimeout } from "../runtime/timers.ts";
import type { WorkerHandle } from "./worker_handle.ts";

/** How long a main program run again may take until it makes a scheduler. */
const HELLO_MS = 10_000;

/** See the head of this file. */
export class ReplayHandshakes {
  /** What forgets the wait for each. */
  readonly #waits = new Map<WorkerHandle, () => void>();
  readonly #limitMs: number;

  /** @param limitMs How long each has: other than usual in tests. */
  constructor(limitMs: number = HELLO_MS) {
    this.#limitMs = limitMs;
  }

  /** Waits for a worker, if it does not yet; if it takes too long, `pauseEvents` hears why it is of no use. */
  await(worker: WorkerHandle, giveUp: (message: string) => void): void {
    if (this.#waits.has(worker)) return; // since the run before
    const limit = `${this.#limitMs / 1_000} s`;
    const message =
      `the main program, run again in the worker, made no scheduler there within ${limit}; ` +
      'where a test makes it, use `mode: "inline"`: tests do not run there';
    this.#waits.set(worker, callAfterTimeout(() => giveUp(message), this.#limitMs));
  }

  /** It has said hello, or has ended. */
  forget(worker: WorkerHandle): void {
    this.#waits.get(worker)?.();
    this.#waits.delete(worker);
  }
}
