/**
 * The signal of a task, created on first access. It is aborted when the attempt exceeds its time
 * limit, and when the run is cancelled, except for tasks that run always or after a failure.
 */
import { recordError } from "../base/error_record.ts";
import { isInstance } from "../base/is_instance.ts";
import { primordials } from "../runtime/primordials.ts";
import { CANCEL_REASON_TEXT, type CancelReason } from "../events/run_event.ts";

/** The run was cancelled; a task that ends with this error is cancelled rather than failed. */
export class RunCancelledError extends Error {
  override name = "AbortError";
}

/** An attempt exceeded its time limit. */
export class TaskTimeoutError extends Error {
  override name = "TimeoutError";

  /** @param timeoutMs The time limit, in ms. */
  constructor(timeoutMs: number) {
    super(`the task took longer than its timeout of ${timeoutMs} ms`);
    delete this.stack; // the stack would show only this library's code
  }
}

/** The cancellation of a run, as one thread knows it. */
export class Cancellation {
  /** The reason, once its message has arrived. */
  reason: CancelReason | undefined;
  /** Whether the run is finished for this thread, whose plan may be reused by another run. */
  isRunFinished = false;
  readonly #isAborted: () => boolean;

  /**
   * @param isAborted Whether the plan asks running tasks to end. A task that blocks its event loop
   * learns of the cancellation by this, since the message waits.
   */
  constructor(isAborted: () => boolean) {
    this.#isAborted = isAborted;
  }

  /** Whether running tasks should end. */
  get isCancelled(): boolean {
    return this.reason !== undefined || (!this.isRunFinished && this.#isAborted());
  }

  /** The abort reason of a cancelled run; undefined if it is not cancelled. */
  get error(): RunCancelledError | undefined {
    return this.isCancelled ? cancelledError(this.reason) : undefined;
  }
}

/** The signal of one attempt; code that outlives the attempt keeps it. */
export class TaskSignal {
  readonly #cancellation: Cancellation | undefined;
  #controller: AbortController | undefined;
  #timeoutError: Error | undefined;

  /** @param cancellation Undefined for a task that runs always or after a failure. */
  constructor(cancellation: Cancellation | undefined) {
    this.#cancellation = cancellation;
  }

  /** Aborts the signal, if it was created: the run is cancelled. */
  cancel(): void {
    if (this.#controller !== undefined) this.get();
  }

  /** Aborts the signal: the attempt exceeded its time limit, or has failed otherwise. */
  expire(error: Error): void {
    this.#timeoutError = error;
    this.#controller?.abort(error);
  }

  /** Returns the signal, which is aborted if the reason exists already. */
  get(): AbortSignal {
    this.#controller ??= new primordials.AbortController();
    const { signal } = this.#controller;
    if (signal.aborted) return signal;
    const reason = this.#timeoutError ?? this.#cancellation?.error;
    if (reason !== undefined) this.#controller.abort(reason);
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

/** @param reason Undefined if its message has not arrived. */
function cancelledError(reason: CancelReason | undefined): RunCancelledError {
  const because = reason === undefined ? "the run was cancelled" : CANCEL_REASON_TEXT[reason];
  return new RunCancelledError(because.charAt(0).toUpperCase() + because.slice(1));
}
