/**
 * Terminates threads whose tasks do not end when asked to. The lane is fenced first, under the
 * plan's lock and only if it still runs that task: neither a task that has just ended nor the next
 * one is harmed.
 */
import type { ErrorRecord } from "../base/error_record.ts";
import { onOneLine } from "../base/text_format.ts";
import { clearInterval, clearTimeout, setInterval, setTimeout } from "../runtime/timers.ts";
import { CANCEL_REASON_TEXT, type CancelReason, threadName } from "../events/run_event.ts";
import { type Plan, type RanOutcome, TaskState } from "../plan/plan.ts";
import type { PlanPolicies } from "../plan/policy_words.ts";
import type { Pool } from "../pool/pool.ts";
import { TaskTimeoutError } from "../thread/task_signal.ts";
import type { TaskId } from "../task/task.ts";
import { GRACE_MS } from "./run_timers.ts";

/** Time limit of each cleanup task past the deadline, in ms: from the deadline or its start. */
const CLEAN_UP_TIMEOUT_MS = 10_000;
/** Number of checks within that time limit: it is exact to a tenth. */
const CLEAN_UP_CHECKS = 10;

/** The outcome of a task whose thread is terminated, and its error. */
export interface TerminationResult {
  readonly outcome: RanOutcome;
  readonly error: ErrorRecord;
}

/** Terminates threads whose tasks do not end within the grace period. */
export class ThreadTerminator implements Disposable {
  readonly #plan: Plan;
  readonly #pool: Pick<Pool, "canKill" | "kill">;
  readonly #names: readonly string[];
  readonly #policies: PlanPolicies;
  #result: TerminationResult | undefined;
  readonly #cleanUpTimeoutMs: number;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #cleanUpTimer: ReturnType<typeof setInterval> | undefined;
  /** The cleanup task of each lane at the last check, and the number of checks so far. */
  readonly #cleaning: { task: TaskId; checks: number }[] = [];

  /** @param cleanUpTimeoutMs Time limit of a cleanup task, in ms; tests shorten it. */
  constructor(
    plan: Plan,
    pool: Pick<Pool, "canKill" | "kill">,
    names: readonly string[],
    policies: PlanPolicies,
    cleanUpTimeoutMs = CLEAN_UP_TIMEOUT_MS,
  ) {
    this.#cleanUpTimeoutMs = cleanUpTimeoutMs;
    this.#plan = plan;
    this.#pool = pool;
    this.#names = names;
    this.#policies = policies;
  }

  /**
   * The outcome of a task whose thread is gone: as intended if the thread was terminated here,
   * otherwise lost.
   *
   * @param error The cause of the thread's end.
   */
  resultFor(error: ErrorRecord): TerminationResult {
    return this.#result ?? { outcome: TaskState.FAILED, error: threadLostError(error) };
  }

  /**
   * Terminates the thread of a task that has not ended within the grace period after its timeout.
   */
  terminateTimedOut(lane: number, task: TaskId, timeoutMs: number): void {
    const { name, message } = new TaskTimeoutError(timeoutMs);
    this.#terminate(lane, task, { outcome: TaskState.FAILED, error: { type: name, message } }, {
      type: "WorkerError",
      message: `${threadName(lane)} was terminated: ${this.#nameOf(task)} did not end within ` +
        `${GRACE_MS} ms of its timeout`,
    });
  }

  /** Terminates the thread of a failed task that has not ended within the grace period. */
  terminateFailed(lane: number, task: TaskId, error: ErrorRecord): void {
    this.#terminate(lane, task, { outcome: TaskState.FAILED, error }, {
      type: "WorkerError",
      message: `${threadName(lane)} was terminated: ${error.message}`,
    });
  }

  /**
   * Terminates the threads of tasks that still run after the grace period. Tasks that run always or
   * after a failure are cleanup: they are spared, and have timeouts of their own. Past a deadline
   * they have a time limit.
   */
  terminateCancelledAfterGrace(reason: CancelReason): void {
    this[Symbol.dispose]();
    this.#timer = setTimeout(() => {
      this.#terminateRunning(reason, TaskState.CANCELLED, (task) => !this.#isCleanup(task));
    }, GRACE_MS);
    if (reason !== "deadline") return;
    const check = () => {
      this.#terminateRunning(reason, TaskState.FAILED, (task, lane) => {
        return this.#isCleanup(task) && this.#countChecks(task, lane) > CLEAN_UP_CHECKS;
      });
    };
    check();
    this.#cleanUpTimer = setInterval(check, this.#cleanUpTimeoutMs / CLEAN_UP_CHECKS);
  }

  /** Clears all timers. */
  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    clearInterval(this.#cleanUpTimer);
  }

  #nameOf(task: TaskId): string {
    return `task "${onOneLine(this.#names[task]!)}"`;
  }

  #isCleanup(task: TaskId): boolean {
    return (this.#policies[task]?.when ?? "passed") !== "passed";
  }

  /**
   * Number of consecutive checks at which the lane ran this task. A lane runs each task once, since
   * there are no more retries.
   */
  #countChecks(task: TaskId, lane: number): number {
    const before = this.#cleaning[lane];
    const checks = before?.task === task ? before.checks + 1 : 1;
    this.#cleaning[lane] = { task, checks };
    return checks;
  }

  #terminateRunning(
    reason: CancelReason,
    outcome: RanOutcome,
    shouldTerminate: (task: TaskId, lane: number) => boolean,
  ): void {
    for (let lane = 0; lane < this.#plan.handle.lanes; lane++) {
      const task = this.#plan.lanes.current(lane) as TaskId;
      if (task < 0 || !shouldTerminate(task, lane)) continue;
      const what = this.#pool.canKill
        ? `${threadName(lane)} was terminated`
        : `${this.#nameOf(task)} was abandoned`;
      const error = { type: "WorkerError", message: `${what}: ${CANCEL_REASON_TEXT[reason]}` };
      if (this.#pool.canKill) this.#terminate(lane, task, { outcome, error }, error);
      else this.#pool.kill(lane, error);
    }
  }

  #terminate(lane: number, task: TaskId, result: TerminationResult, error: ErrorRecord): void {
    if (!this.#pool.canKill || !this.#plan.fenceTask(lane, task)) return;
    this.#result = result;
    this.#pool.kill(lane, error);
    this.#result = undefined;
  }
}

/** The error of a task whose thread was lost, with the cause of the loss. */
function threadLostError(error: ErrorRecord): ErrorRecord {
  return {
    type: "WorkerLostError",
    message: `the worker thread was lost while it ran this task: ${error.message}`,
    cause: error,
  };
}
