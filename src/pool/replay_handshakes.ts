/**
 * The handshakes of workers that run the main program again. A worker sends "hello" when the
 * program has created a scheduler there, and can then be given a run. A program that creates none
 * times out.
 */
import { callAfterTimeout } from "../runtime/timers.ts";
import type { WorkerHandle } from "./worker_handle.ts";

/** Time limit for the main program, run again, to create a scheduler, in milliseconds. */
const HANDSHAKE_TIMEOUT_MS = 10_000;

/** Waits for the hello of replay workers. */
export class ReplayHandshakes {
  /** The function that cancels each worker's timeout. */
  readonly #timeouts = new Map<WorkerHandle, () => void>();
  readonly #limitMs: number;

  /** @param limitMs Time limit of each handshake; tests use shorter ones. */
  constructor(limitMs: number = HANDSHAKE_TIMEOUT_MS) {
    this.#limitMs = limitMs;
  }

  /** Starts a worker's timeout, unless it is running; `onTimeout` receives the reason. */
  start(worker: WorkerHandle, onTimeout: (message: string) => void): void {
    if (this.#timeouts.has(worker)) return; // started by the previous run
    const limit = `${this.#limitMs / 1_000} s`;
    const message =
      `the main program, run again in the worker, created no scheduler within ${limit}; ` +
      'if a test creates it, use `mode: "inline"`: tests do not run in workers';
    this.#timeouts.set(worker, callAfterTimeout(() => onTimeout(message), this.#limitMs));
  }

  /** Cancels the timeout: the worker has sent its hello, or has ended. */
  end(worker: WorkerHandle): void {
    this.#timeouts.get(worker)?.();
    this.#timeouts.delete(worker);
  }
}
