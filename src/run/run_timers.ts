/**
 * The timers of a run: attempts past their timeout are ended, retried tasks are queued again, and a
 * run past its deadline is cancelled. The input is the run's events; the output goes through
 * {@linkcode TimerActions}.
 *
 * An attempt is ended in two steps. First its signal is aborted, and within the grace period it can
 * end by itself and clean up its thread. A task that does not (it ignores its signal, awaits a
 * promise that never settles, or blocks its event loop) loses its thread.
 *
 * Race prevented: an attempt that ends while it is being aborted, or within the grace period, is
 * left alone. Either its end arrives here as an event before its timer fires, or the timer acts
 * first and the plan rejects the late end: the plan has one order of both.
 */
import { clearTimeout, setTimeout } from "../runtime/timers.ts";
import type { Reporter } from "../events/reporter.ts";
import type { RunEvent, TaskStarted } from "../events/run_event.ts";
import type { PlanPolicies } from "../plan/policy_words.ts";
import type { TaskId } from "../task/task.ts";

/**
 * Grace period between abort and termination, in ms: long enough for cleanup, short next to usual
 * timeouts.
 */
export const GRACE_MS = 200;

/** The actions of {@linkcode RunTimers}. */
export interface TimerActions {
  /** Aborts an attempt that has exceeded its timeout. */
  expire(lane: number, task: TaskId, attempt: number): void;
  /** Terminates the thread of an attempt that has exceeded its timeout and the grace period. */
  terminate(lane: number, task: TaskId, timeoutMs: number): void;
  /** Queues a task for its next attempt. */
  requeue(task: TaskId): void;
  /** Cancels the run, which has passed its deadline. */
  deadline(): void;
}

/** Timers for timeouts, retry delays and the deadline of a run. */
export class RunTimers implements Reporter, Disposable {
  /**
   * Whether a task has ended past the deadline. Tasks that block the main thread delay the timer
   * until then.
   */
  isLate = false;
  readonly #policies: PlanPolicies;
  readonly #deadlineMs: number | undefined;
  readonly #nowMs: () => number;
  readonly #actions: TimerActions;
  /** The current timer of the attempt on each lane. */
  readonly #attemptTimers: (Timer | undefined)[] = [];
  readonly #otherTimers = new Set<Timer>();

  /**
   * @param policies By task id.
   * @param nowMs Milliseconds since the run's start.
   */
  constructor(
    policies: PlanPolicies,
    deadlineMs: number | undefined,
    nowMs: () => number,
    actions: TimerActions,
  ) {
    this.#policies = policies;
    this.#deadlineMs = deadlineMs;
    this.#nowMs = nowMs;
    this.#actions = actions;
  }

  report(event: RunEvent): void {
    switch (event.type) {
      case "run-started":
        if (this.#deadlineMs !== undefined) {
          this.#schedule(this.#deadlineMs, () => this.#actions.deadline());
        }
        return;
      case "task-started": {
        const timeoutMs = this.#policies[event.task]?.timeoutMs;
        if (timeoutMs !== undefined) {
          this.#startTimeout(event, event.elapsedMs + timeoutMs, timeoutMs);
        }
        return;
      }
      case "task-retried":
        this.#clearAttempt(event.worker);
        if (event.delayMs === 0) return this.#actions.requeue(event.task);
        return this.#schedule(event.delayMs, () => this.#actions.requeue(event.task));
      case "task-finished":
        this.isLate ||= event.elapsedMs > (this.#deadlineMs ?? Infinity);
        if (event.worker !== null) this.#clearAttempt(event.worker);
        return;
      default:
        return;
    }
  }

  /** Clears all timers. */
  [Symbol.dispose](): void {
    for (const timer of [...this.#attemptTimers, ...this.#otherTimers]) clearTimeout(timer);
  }

  #startTimeout({ task, worker, attempt }: TaskStarted, dueMs: number, timeoutMs: number): void {
    this.#clearAttempt(worker);
    this.#attemptTimers[worker] = setTimeout(() => {
      this.#attemptTimers[worker] = setTimeout(
        () => this.#actions.terminate(worker, task, timeoutMs),
        GRACE_MS,
      );
      this.#actions.expire(worker, task, attempt);
    }, Math.max(0, dueMs - this.#nowMs())); // a negative delay would print a warning
  }

  #clearAttempt(lane: number): void {
    clearTimeout(this.#attemptTimers[lane]);
    this.#attemptTimers[lane] = undefined;
  }

  #schedule(delayMs: number, act: () => void): void {
    const timer = setTimeout(() => {
      this.#otherTimers.delete(timer);
      act();
    }, delayMs);
    this.#otherTimers.add(timer);
  }
}

type Timer = ReturnType<typeof setTimeout>;
