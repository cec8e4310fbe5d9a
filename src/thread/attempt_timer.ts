/**
 * How long the attempt at hand may take. The main thread watches the time; but the truth about a timeout
 * does not depend on how soon somebody looks at a clock, so the thread itself looks too when the task
 * ends.
 */
import { TaskTimeoutError } from "./task_signal.ts";

/** See the head of this file. */
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
