/**
 * Ends threads whose tasks do not end when they are told to. The lane is taken from the thread first,
 * under the plan's lock and only if it still runs that task: one that has just ended is not harmed, nor
 * is the task that came after it.
 */
import type { ErrorRecord } from "../base/error_record.ts";
import { onOneLine } from "../base/text_format.ts";
import { clearInterval, clearTimeout, setInterval, setTimeout } from "../runtime/timers.ts";
import { CANCELLED_BECAUSE, type CancelReason, threadName } from "../events/run_event.ts";
import { type Plan, type RanOutcome, TaskState } from "../plan/plan.ts";
import type { PlanPolicies } from "../plan/policy_words.ts";
import type { Pool } from "../pool/pool.ts";
import { TaskTimeoutError } from "../thread/task_signal.ts";
import type { TaskId } from "../task/task.ts";
import { GRACE_MS } from "./run_timers.ts";

/** Past a deadline, each task that cleans up has so long, from then on or from its start. */
const CLEAN_UP_TIMEOUT_MS = 10_000;
/** So often meanwhile it is looked whether it still does. */
const CLEAN_UP_CHECKS = 10;

/** How a task ends whose thread is ended. */
export interface TerminationResult {
  readonly outcome: RanOutcome;
  readonly error: ErrorRecord;
}

/** See the head of this file. */
export class ThreadTerminator implements Disposable {
  readonly #plan: Plan;
  readonly #pool: Pick<Pool, "canKill" | "kill">;
  readonly #names: readonly string[];
  readonly #policies: PlanPolicies;
  #result: TerminationResult | undefined;
  readonly #cleanUpTimeoutMs: number;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #cleanUpTimer: ReturnType<typeof setInterval> | undefined;
  /** What each lane was cleaning up at the last look, and at how many before. */
  readonly #cleaning: { task: TaskId; checks: number }[] = [];

  /** @param cleanUpMs How long cleaning up may take: other than usual in tests. */
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
   * How a task ends whose thread is gone: as was meant if it has been ended here, and otherwise as lost.
   *
   * @param error Why it is gone.
   */
  resultFor(error: ErrorRecord): TerminationResult {
    return this.#result ?? { outcome: TaskState.FAILED, error: threadLostError(error) };
  }

  /** Ends the thread of a task that has not ended within a moment of its timeout. */
  terminateTimedOut(lane: number, task: TaskId, timeoutMs: number): void {
    const { name, message } = new TaskTimeoutError(timeoutMs);
    this.#terminate(lane, task, { outcome: TaskState.FAILED, error: { type: name, message } }, {
      type: "WorkerError",
      message: `${threadName(lane)} was terminated: ${this.#nameOf(task)} did not end within ` +
        `${GRACE_MS} ms of its timeout`,
    });
  }

  /**
   * Gives running tasks a moment to end, then ends their threads. Tasks that run whatever happens are
   * spared: they clean up, and have timeouts of their own. Past a deadline they have a while.
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

  /** Ends nothing any more. */
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

  /** How often in a row a lane was looked at while it ran this task. It runs each but once: none is tried again. */
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
      const error = { type: "WorkerError", message: `${what}: ${CANCELLED_BECAUSE[reason]}` };
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

/** A task whose thread was lost says so, and why the thread was lost. */
function threadLostError(error: ErrorRecord): ErrorRecord {
  return {
    type: "WorkerLostError",
    message: `the worker thread was lost while it ran this task: ${error.message}`,
    cause: error,
  };
}
