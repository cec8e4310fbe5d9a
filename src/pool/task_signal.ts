/**
 * The signal a task is given, made when it asks for it. It is aborted when the run is cancelled, unless
 * the task is one that runs whatever happens, and when the attempt has taken too long.
 */
import { recordError } from "../base/error_record.ts";
import { isInstance } from "../base/is_instance.ts";
import { CANCELLED_BECAUSE, type CancelReason } from "../events/run_event.ts";

/** The run was cancelled; a task that ends with this error is cancelled rather than failed. */
export class RunCancelledError extends Error {
  override name = "AbortError";
}

/** An attempt took longer than it may. */
export class TaskTimeoutError extends Error {
  override name = "TimeoutError";

  /** @param timeoutMs How long it might take. */
  constructor(timeoutMs: number) {
    super(`it took longer than its timeout of ${timeoutMs} ms`);
    delete this.stack; // it would show our own code alone
  }
}

/** See the head of this file. */
export class TaskSignal {
  #controller: AbortController | undefined;
  #cancelReason: CancelReason | undefined;
  #outlivesCancel = false;

  /** Another task begins. */
  begin(outlivesCancel: boolean): void {
    this.#controller = undefined;
    this.#outlivesCancel = outlivesCancel;
  }

  /** The run is cancelled. */
  cancel(reason: CancelReason): void {
    this.#cancelReason = reason;
    if (!this.#outlivesCancel) this.#controller?.abort(cancelled(reason));
  }

  /** The attempt has taken too long. */
  expire(error: TaskTimeoutError): void {
    this.#controller?.abort(error);
  }

  /**
   * The signal of the task at hand.
   *
   * @param isAborted Whether the plan says that running tasks are to end: a task that never lets the
   * event loop turn hears of it here, since the message that tells of it waits.
   */
  get(isAborted: boolean): AbortSignal {
    this.#controller ??= new AbortController();
    const { signal } = this.#controller;
    const isCancelled = this.#cancelReason !== undefined || isAborted;
    if (isCancelled && !signal.aborted && !this.#outlivesCancel) {
      this.#controller.abort(cancelled(this.#cancelReason));
    }
    return signal;
  }

  /** Whether a task that threw this has ended because the run was cancelled. */
  wasCancelled(error: unknown): boolean {
    const signal = this.#controller?.signal;
    if (!signal?.aborted || !(signal.reason instanceof RunCancelledError)) return false;
    return error === signal.reason || isAbort(error);
  }
}

function isAbort(error: unknown): boolean {
  return isInstance(error, Error) && recordError(error).type === "AbortError"; // its name may throw
}

/** @param reason Undefined where the message that has it was not heard yet. */
function cancelled(reason: CancelReason | undefined): RunCancelledError {
  const because = reason === undefined ? "the run was cut short" : CANCELLED_BECAUSE[reason];
  return new RunCancelledError(because.charAt(0).toUpperCase() + because.slice(1));
}
