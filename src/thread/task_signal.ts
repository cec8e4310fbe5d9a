/**
 * The signal a task is given, made when it asks for it. It is aborted when the run is cancelled, unless
 * the task is one that runs whatever happens, and when the attempt has taken too long.
 */
import { recordError } from "../base/error_record.ts";
import { isInstance } from "../base/is_instance.ts";
import { primordials } from "../runtime/primordials.ts";
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

/** What a thread knows of the cancelling of a run. */
export class Cancellation {
  /** Why the run was cancelled, once that was heard. */
  reason: CancelReason | undefined;
  /** Whether the run is over for this thread: its plan says nothing of it any more. */
  isRunFinished = false;
  readonly #isAborted: () => boolean;

  /**
   * @param isAborted Whether the plan says that running tasks are to end. One that never lets the event loop turn
   * hears of it by this, since the message that tells of it waits.
   */
  constructor(isAborted: () => boolean) {
    this.#isAborted = isAborted;
  }

  /** Whether running tasks are to end. */
  get isCancelled(): boolean {
    return this.reason !== undefined || (!this.isRunFinished && this.#isAborted());
  }

  /** What tasks are told that are to end; undefined while they may go on. */
  get error(): RunCancelledError | undefined {
    return this.isCancelled ? cancelledError(this.reason) : undefined;
  }
}

/** See the head of this file. It is that of one attempt: what a task has left behind keeps it. */
export class TaskSignal {
  readonly #cancellation: Cancellation | undefined;
  #controller: AbortController | undefined;
  #timeoutError: TaskTimeoutError | undefined;

  /** @param cancelling Undefined where the task runs whatever happens. */
  constructor(cancellation: Cancellation | undefined) {
    this.#cancellation = cancellation;
  }

  /** The run is cancelled: whoever has asked for the signal hears of it. */
  cancel(): void {
    if (this.#controller !== undefined) this.get();
  }

  /** The attempt has taken too long. */
  expire(error: TaskTimeoutError): void {
    this.#timeoutError = error;
    this.#controller?.abort(error);
  }

  /** The signal itself. */
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

/** @param reason Undefined where the message that has it was not heard yet. */
function cancelledError(reason: CancelReason | undefined): RunCancelledError {
  const because = reason === undefined ? "the run was cut short" : CANCELLED_BECAUSE[reason];
  return new RunCancelledError(because.charAt(0).toUpperCase() + because.slice(1));
}
