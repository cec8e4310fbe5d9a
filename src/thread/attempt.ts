/** An attempt of a task in a thread: its context, signal, time limit and outcome. */
import { primordials } from "../runtime/primordials.ts";
import type { CancelReason } from "../events/run_event.ts";
import type { TaskId, TaskSpec } from "../task/task.ts";
import type { OutputOwner } from "./output/output_owner.ts";
import type { LaneTaskContext } from "./lane_task_context.ts";
import type { TaskSkip } from "./task_skip.ts";
import { Cancellation, TaskSignal, TaskTimeoutError } from "./task_signal.ts";

/** The current attempt of a thread. One object serves all attempts of the thread. */
export class Attempt {
  /** The current task, or null between two tasks. */
  task: TaskId | null = null;
  /** The task's name; empty if its code is missing. */
  name = "";
  /** The last attempt whose timeout passed before its call: it will not be called. */
  expiredBeforeCall: { readonly task: TaskId; readonly attempt: number } | undefined;
  /** Stops waiting for the task, which has not ended. */
  abandon: ((error: unknown) => void) | undefined;
  /** The context that the task was called with. */
  context: LaneTaskContext | undefined;
  /** The request of the task to be skipped, if it made one. */
  skip: TaskSkip | undefined;
  /** The owner of the task's output. */
  owner: OutputOwner | undefined;
  /** The task's signal, created on first access: most tasks never read it. */
  #signal: TaskSignal | undefined;
  #outlivesCancel = false;
  /** Whether the attempt is the set-up of a resource. */
  isSetUp = false;
  readonly #cancellation: Cancellation;
  readonly #timer: AttemptTimer;
  /** An error that fails the task, whatever its function returns or throws. */
  #forcedError: Error | undefined;

  /**
   * @param nowMs The time on any clock.
   * @param isAborted Whether the plan asks running tasks to end.
   */
  constructor(nowMs: () => number, isAborted: () => boolean) {
    this.#cancellation = new Cancellation(isAborted);
    this.#timer = new AttemptTimer(nowMs);
  }

  /**
   * Begins an attempt.
   *
   * @param spec The task; undefined if its code is missing.
   * @param timeoutMs Time limit in ms for a task without one of its own.
   */
  begin(task: TaskId, spec: TaskSpec | undefined, timeoutMs: number | undefined): void {
    const policy = spec?.policy;
    this.task = task;
    this.name = spec?.name ?? "";
    this.context =
      this.owner =
      this.skip =
      this.#signal =
        undefined;
    this.isSetUp = spec?.kind === "resource";
    this.#outlivesCancel = policy?.when !== undefined && policy.when !== "passed";
    this.#timer.begin(policy?.timeoutMs ?? timeoutMs);
  }

  /** Waits until the task's promise settles or the task is abandoned, whichever is first. */
  waitForEnd<T>(
    result: PromiseLike<unknown>,
    pass: (value: unknown) => T | Promise<T>,
    fail: (error: unknown) => T | Promise<T>,
  ): Promise<T> {
    return new primordials.Promise((resolve, reject) => {
      const first = (end: (it: unknown) => T | Promise<T>) => (it: unknown) => {
        if (this.abandon !== failed) return;
        try {
          resolve(end(it));
        } catch (error) {
          reject(error); // the thread was declared lost
        }
      };
      const failed = first(fail);
      this.abandon = failed;
      whenSettled(result, first(pass), failed);
    });
  }

  /** The signal of the current attempt. */
  get signal(): TaskSignal {
    return this.#signal ??= new TaskSignal(this.#outlivesCancel ? undefined : this.#cancellation);
  }

  /**
   * The signal of the attempt with this context. For an attempt that has ended, a new signal
   * reports only a cancellation.
   */
  signalOf(context: LaneTaskContext): TaskSignal {
    return context === this.context ? this.signal : new TaskSignal(this.#cancellation);
  }

  /** Whether the attempt ended with this error only because the run was cancelled. */
  wasCancelled(error: unknown): boolean {
    return this.#signal?.wasCancelled(error) ?? false;
  }

  /**
   * Whether the attempt was aborted, so that its error may be a consequence. An attempt that was
   * late, or did something forbidden, failed by its own fault.
   */
  get wasAborted(): boolean {
    return !this.#outlivesCancel && !this.hasFailed && this.#cancellation.isCancelled;
  }

  /** Fails the attempt, whatever its function returns or throws. */
  failWith(error: Error): void {
    this.#forcedError ??= error;
  }

  /** Aborts and fails the attempt, which has exceeded its time limit. */
  expire(): Error {
    const error = this.#timer.expire();
    this.signal.expire(error);
    void this.context?.signal; // keeps the signal for code that outlives the attempt
    return error;
  }

  /** Whether the attempt has failed, although its function returned. */
  get hasFailed(): boolean {
    return this.#forcedError !== undefined || this.#timer.isLate;
  }

  /**
   * The error of a failed attempt.
   *
   * @param thrown The value that the function threw, if any.
   */
  failure(thrown?: unknown): unknown {
    return this.#forcedError ?? this.#timer.failure(thrown);
  }

  /** Aborts the attempt: the run is cancelled. */
  cancel(reason: CancelReason): void {
    this.#cancellation.reason = reason;
    this.#signal?.cancel();
  }

  /**
   * Keeps the signal of an attempt that has passed from being aborted: a cancellation must not stop
   * what the set-up of a resource has started before the users of the resource have ended.
   */
  keepSignal(): void {
    this.#signal = undefined;
  }

  /** Ends the attempt. */
  end(): void {
    this.task = null;
    this.abandon = undefined;
    this.#forcedError = undefined;
  }

  /** Ends the last attempt of the run. */
  endRun(): void {
    this.end();
    this.#cancellation.isRunFinished = true;
  }
}

/** Awaits a promise without its `then` method, which the task may have replaced in its thread. */
async function whenSettled(
  result: PromiseLike<unknown>,
  pass: (value: unknown) => void,
  fail: (error: unknown) => void,
): Promise<void> {
  let value: unknown;
  try {
    value = await result;
  } catch (error) {
    return fail(error);
  }
  pass(value);
}

/**
 * The time limit of an attempt. The main thread has the timer; but whether an attempt is late must
 * not depend on when a timer fires, so the thread checks the clock, too, when the task ends.
 */
export class AttemptTimer {
  readonly #nowMs: () => number;
  #timeoutMs: number | undefined;
  #startedMs = 0;
  #error: TaskTimeoutError | undefined;

  /** @param nowMs The time on any clock. */
  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** Begins an attempt. */
  begin(timeoutMs: number | undefined): void {
    this.#error = undefined;
    this.#timeoutMs = timeoutMs;
    if (timeoutMs !== undefined) this.#startedMs = this.#nowMs();
  }

  /** Marks the attempt as late, as the main thread has found. */
  expire(): TaskTimeoutError {
    return this.#error ??= new TaskTimeoutError(this.#timeoutMs ?? 0);
  }

  /** Whether the attempt has exceeded its time limit. */
  get isLate(): boolean {
    return this.#error !== undefined ||
      (this.#timeoutMs !== undefined && this.#nowMs() - this.#startedMs > this.#timeoutMs);
  }

  /**
   * The error of a late attempt, with what it threw as the cause; for any other attempt, what it
   * threw.
   *
   * @param thrown The value that the attempt threw, if any: its stack shows the position.
   */
  failure(thrown: unknown): unknown {
    if (!this.isLate) return thrown;
    const error = this.expire();
    if (thrown !== undefined && thrown !== error) error.cause = thrown;
    return error;
  }
}
