/**
 * Workers that run the main program again, until it has made a scheduler there: then they say hello, and
 * can be given a run. A program that makes none would be waited for in vain.
 */
import { callAfterTimeout } from "../runtime/timers.ts";
import type { WorkerHandle } from "./worker_handle.ts";

/** How long a main program run again may take until it makes a scheduler. */
const HANDSHAKE_TIMEOUT_MS = 10_000;

/** See the head of this file. */
export class ReplayHandshakes {
  /** What forgets the wait for each. */
  readonly #timeouts = new Map<WorkerHandle, () => void>();
  readonly #limitMs: number;

  /** @param limitMs How long each has: other than usual in tests. */
  constructor(limitMs: number = HANDSHAKE_TIMEOUT_MS) {
    this.#limitMs = limitMs;
  }

  /** Waits for a worker, if it does not yet; if it takes too long, `pauseEvents` hears why it is of no use. */
  start(worker: WorkerHandle, onTimeout: (message: string) => void): void {
    if (this.#timeouts.has(worker)) return; // since the run before
    const limit = `${this.#limitMs / 1_000} s`;
    const message =
      `the main program, run again in the worker, made no scheduler there within ${limit}; ` +
      'where a test makes it, use `mode: "inline"`: tests do not run there';
    this.#timeouts.set(worker, callAfterTimeout(() => onTimeout(message), this.#limitMs));
  }

  /** It has said hello, or has ended. */
  end(worker: WorkerHandle): void {
    this.#timeouts.get(worker)?.();
    this.#timeouts.delete(worker);
  }
}
