/**
 * What has to happen at a certain time: attempts that take too long are ended, tasks that failed are
 * queued again, a run past its deadline is cancelled. It learns of everything from the run's events, and
 * acts through what it is given.
 *
 * Ending an attempt has two steps. First it is told, by its signal, and has a moment to end by itself
 * and leave the thread as it should be. One that does not (it never looks at its signal, waits for what
 * never comes, or never lets its event loop turn) loses its thread.
 *
 * Race prevented: an attempt that ends while it is being told, or while the moment passes, is left
 * alone. Its end comes here as an event before any timer that still stands for it can act, or the timer
 * acts and the plan refuses the end that comes too late: the plan has one order of both.
 */
import { clearTimeout, setTimeout } from "../runtime/timers.ts";
import type { Reporter, RunEvent, TaskStarted } from "../events/run_event.ts";
import type { PlanPolicies } from "../plan/policy_words.ts";
import type { TaskId } from "../task/task.ts";

/** How long an attempt that was told to end has for it. */
export const GRACE_MS = 200;

/** What a timekeeper acts through. */
export interface TimerActions {
  /** Tells a running task that its attempt has taken too long. */
  expire(lane: number, task: TaskId, attempt: number): void;
  /** Ends the thread that runs an attempt that has taken too long. */
  terminate(lane: number, task: TaskId, timeoutMs: number): void;
  /** Queues a task that is to be tried again. */
  requeue(task: TaskId): void;
  /** The run has passed its deadline. */
  deadline(): void;
}

/** See the head of this file. */
export class RunTimers implements Reporter, Disposable {
  /** Whether a task has ended past the deadline. No timer says so where tasks block the main thread. */
  isLate = false;
  readonly #policies: PlanPolicies;
  readonly #deadlineMs: number | undefined;
  readonly #nowMs: () => number;
  readonly #actions: TimerActions;
  /** The next timer of the attempt that each lane runs. */
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

  /** Nothing is going to happen any more. */
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
    }, Math.max(0, dueMs - this.#nowMs())); // less than nothing would be warned of
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
