/** The signal that tasks of one thread are given, made when the first of them asks for it. */
import type { CancelReason } from "../events/run_event.ts";

/** The run was cancelled; a task that ends with this error is cancelled rather than failed. */
export class RunCancelledError extends Error {
  override name = "AbortError";
}

/** See the head of this file. */
export class RunSignal {
  #controller: AbortController | undefined;
  #reason: CancelReason | undefined;

  /** The run was cancelled. */
  abort(reason: CancelReason): void {
    this.#reason = reason;
    this.#controller?.abort(new RunCancelledError(`The run was ${reason}`));
  }

  /**
   * The signal.
   *
   * @param isStopped Whether the plan is stopped: a task that never lets the event loop turn hears of the
   * cancellation here, since the message that tells of it waits.
   */
  get(isStopped: boolean): AbortSignal {
    this.#controller ??= new AbortController();
    const { signal } = this.#controller;
    if (!signal.aborted && (this.#reason !== undefined || isStopped)) {
      this.abort(this.#reason ?? "interrupted");
    }
    return signal;
  }

  /** Whether a task that threw this has ended because of the signal. */
  caused(error: unknown): boolean {
    const signal = this.#controller?.signal;
    if (!signal?.aborted) return false;
    return error === signal.reason || (error instanceof Error && error.name === "AbortError");
  }
}
