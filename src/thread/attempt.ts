/** The attempt that a thread is making of a task. One object for all of a thread's attempts. */
import { primordials } from "../runtime/primordials.ts";
import type { CancelReason } from "../events/run_event.ts";
import type { TaskId, TaskSpec } from "../task/task.ts";
import type { OutputOwner } from "./output/output_owner.ts";
import type { LaneTaskContext } from "./task_context.ts";
import { Cancellation, TaskSignal, TaskTimeoutError } from "./task_signal.ts";

/** See the head of this file. */
export class Attempt {
  /** The task at hand, or null between two. */
  task: TaskId | null = null;
  /** Its name; empty where its code is missing. */
  name = "";
  /** The last attempt that was to end for taking too long before it was called: it will not be called. */
  expiredBeforeCall: { readonly task: TaskId; readonly attempt: number } | undefined;
  /** Ends the task being waited for, though it has not ended itself. */
  abandon: ((error: unknown) => void) | undefined;
  /** What it was called with. */
  context: LaneTaskContext | undefined;
  /** What it prints is this one's. */
  owner: OutputOwner | undefined;
  /** Its signal, once somebody has asked for it: most tasks never do. */
  #signal: TaskSignal | undefined;
  #outlivesCancel = false;
  readonly #cancellation: Cancellation;
  readonly #timer: AttemptTimer;
  /** Fails the task, even if it goes on as if nothing had happened. */
  #forcedError: Error | undefined;

  /**
   * @param nowMs The time on any clock that goes on.
   * @param isAborted Whether the plan says that running tasks are to end.
   */
  constructor(nowMs: () => number, isAborted: () => boolean) {
    this.#cancellation = new Cancellation(isAborted);
    this.#timer = new AttemptTimer(nowMs);
  }

  /**
   * An attempt begins.
   *
   * @param spec The task; undefined where its code is missing.
   * @param timeoutMs How long it may take if the task does not say so itself.
   */
  begin(task: TaskId, spec: TaskSpec | undefined, timeoutMs: number | undefined): void {
    const policy = spec?.policy;
    this.task = task;
    this.name = spec?.name ?? "";
    this.context = this.owner = this.#signal = undefined;
    this.#outlivesCancel = policy?.when !== undefined && policy.when !== "passed";
    this.#timer.begin(policy?.timeoutMs ?? timeoutMs);
  }

  /**
   * Waits for the end of what the task has returned, or until it is not waited for any more: whoever is
   * first decides.
   */
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
          reject(error); // this thread was declared lost
        }
      };
      const failed = first(fail);
      this.abandon = failed;
      whenSettled(result, first(pass), failed);
    });
  }

  /** Its signal. */
  get signal(): TaskSignal {
    return this.#signal ??= new TaskSignal(this.#outlivesCancel ? undefined : this.#cancellation);
  }

  /** That of the attempt with this context. One that has ended, and asks for it only now, hears of a cancel alone. */
  signalOf(context: LaneTaskContext): TaskSignal {
    return context === this.context ? this.signal : new TaskSignal(this.#cancellation);
  }

  /** Whether it has ended with this error because the run was cancelled, and the error says no more than that. */
  wasCancelled(error: unknown): boolean {
    return this.#signal?.wasCancelled(error) ?? false;
  }

  /**
   * Whether it was aborted, so that what it fails with may come of that. One that was late is not, nor one that did
   * what no task may do: that is its own fault.
   */
  get wasAborted(): boolean {
    return !this.#outlivesCancel && !this.hasFailed && this.#cancellation.isCancelled;
  }

  /** It has failed, however it ends. */
  failWith(error: Error): void {
    this.#forcedError ??= error;
  }

  /** It has taken too long: it is told, and has failed. */
  expire(): Error {
    const error = this.#timer.expire();
    this.signal.expire(error);
    void this.context?.signal; // which keeps it, for what goes on though nobody waits for it
    return error;
  }

  /** Whether it has failed, though its function has returned. */
  get hasFailed(): boolean {
    return this.#forcedError !== undefined || this.#timer.isLate;
  }

  /**
   * What it fails with.
   *
   * @param thrown What its function threw, if it did.
   */
  failure(thrown?: unknown): unknown {
    return this.#forcedError ?? this.#timer.failure(thrown);
  }

  /** The run is cancelled: it is told. */
  cancel(reason: CancelReason): void {
    this.#cancellation.reason = reason;
    this.#signal?.cancel();
  }

  /** It is over. */
  end(): void {
    this.task = null;
    this.abandon = undefined;
    this.#forcedError = undefined;
  }

  /** There is no other in this run. */
  endRun(): void {
    this.end();
    this.#cancellation.isRunFinished = true;
  }
}

/** Without the `then` of promises, which the task may have replaced in its thread. */
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
 * How long the attempt at hand may take. The main thread watches the time; but the truth about a timeout
 * does not depend on how soon somebody looks at a clock, so the thread itself looks too when the task
 * ends.
 */
export class AttemptTimer {
  readonly #nowMs: () => number;
  #timeoutMs: number | undefined;
  #startedMs = 0;
  #error: TaskTimeoutError | undefined;

  /** @param nowMs The time on any clock that goes on. */
  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** An attempt begins. */
  begin(timeoutMs: number | undefined): void {
    this.#error = undefined;
    this.#timeoutMs = timeoutMs;
    if (timeoutMs !== undefined) this.#startedMs = this.#nowMs();
  }

  /** The main thread says that the attempt has taken too long. */
  expire(): TaskTimeoutError {
    return this.#error ??= new TaskTimeoutError(this.#timeoutMs ?? 0);
  }

  /** Whether the attempt has taken too long. */
  get isLate(): boolean {
    return this.#error !== undefined ||
      (this.#timeoutMs !== undefined && this.#nowMs() - this.#startedMs > this.#timeoutMs);
  }

  /**
   * What an attempt fails with that has taken too long; otherwise what it threw.
   *
   * @param thrown What it threw, if it did: it says where the attempt was.
   */
  failure(thrown: unknown): unknown {
    if (!this.isLate) return thrown;
    const error = this.expire();
    if (thrown !== undefined && thrown !== error) error.cause = thrown;
    return error;
  }
}
