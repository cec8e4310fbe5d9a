/** The summary of a finished run, with the fields of the Python original. */
import type { ErrorRecord } from "../base/error_record.ts";
import { plural } from "../base/text_format.ts";
import { isSuccessful, isTaskNode, type RunView, type StrayRecord } from "./run_view.ts";
import { isSkippedByFailure, isUnneeded, type TaskStatus } from "./run_event.ts";
import { tally, tallyTexts } from "./tally.ts";

/** The failure of one task. */
export interface Failure {
  /** The error's name: `AssertionError`. */
  readonly errorType: string;
  /** The error's message. */
  readonly error: string;
  /** The stack, if there is one. */
  readonly stack: string | undefined;
  /** The whole error: cause chain, members, own properties. */
  readonly record: ErrorRecord;
}

/**
 * The result of a run. Lists have the names of tasks, in the order in which the tasks finished.
 *
 * ```ts
 * import { Scheduler } from "@thread-order/cli";
 *
 * const s = new Scheduler({ mode: "inline", skipDependents: true });
 * s.register(() => Promise.reject(new Error("no file")), "load");
 * s.register(() => 1, "report", { after: ["load"] });
 * const { ok, skipped, failures } = await s.start();
 * console.log(ok, skipped, failures.load?.error); // false [ "report" ] no file
 * ```
 */
export interface Summary {
  /** Tasks whose function was called, whatever the outcome. */
  readonly ran: readonly string[];
  /** Tasks that returned. */
  readonly passed: readonly string[];
  /**
   * Tasks that threw, timed out, or returned a value that cannot be shared; also resources that
   * were not set up or not disposed of for such a reason.
   */
  readonly failed: readonly string[];
  /**
   * Tasks that did not run because a dependency did not pass, or that skipped themselves; without
   * those that run after failures alone and were not needed.
   */
  readonly skipped: readonly string[];
  /** Tasks that were ended, or not started, because the run was cancelled. */
  readonly cancelled: readonly string[];
  /** Tasks that passed after a failed attempt. */
  readonly flaky: readonly string[];
  /** Tasks that passed without a call: their outcome was taken from the cache. */
  readonly cached: readonly string[];
  /** The failure of each failed task, by name. */
  readonly failures: Readonly<Record<string, Failure>>;
  /**
   * Number of tasks that did not pass, by error type; `DependencyError` for skipped tasks,
   * `CancelledError` for cancelled ones.
   */
  readonly failureCounts: Readonly<Record<string, number>>;
  /** Errors outside of any task's call: unhandled rejections, errors of timers. */
  readonly strayErrors: readonly StrayRecord[];
  /** Start of the run. */
  readonly startedAt: Date;
  /** End of the run. */
  readonly finishedAt: Date;
  /** Duration of the run in seconds, from the first event to the last. */
  readonly duration: number;
  /** Errors that callbacks and reporters threw. Each is detached after its first error. */
  readonly reporterErrors: readonly ErrorRecord[];
  /** Whether every task passed or was skipped without a failure, and nothing else went wrong. */
  readonly ok: boolean;
  /** The summary line: `==== 5 passed, 1 failed, 0 skipped in 0.21s ====`. */
  readonly text: string;
}

/**
 * Summarizes a finished run.
 *
 * @param reporterErrors Errors of callbacks and reporters.
 */
export function summarize(
  view: RunView,
  reporterErrors: readonly ErrorRecord[] = [],
): Summary {
  const byStatus: Record<TaskStatus, string[]> = {
    passed: [],
    failed: [],
    skipped: [],
    cancelled: [],
  };
  const failures: Record<string, Failure> = Object.create(null);
  const failureCounts: Record<string, number> = Object.create(null);
  const count = (type: string) => failureCounts[type] = (failureCounts[type] ?? 0) + 1;
  for (const task of view.finished) {
    const outcome = view.outcomes[task]!;
    const { name } = view.tasks[task]!;
    const isShown = isTaskNode(view, task) ? !isUnneeded(outcome) : outcome.status === "failed";
    if (isShown) byStatus[outcome.status].push(name);
    if (outcome.status === "failed") {
      failures[name] = failureOf(outcome.error);
      count(outcome.error.type);
    } else if (isSkippedByFailure(outcome)) count("DependencyError");
    else if (outcome.status === "cancelled") count("CancelledError");
  }
  return {
    ran: view.ran.filter((it) => isTaskNode(view, it)).map((task) => view.tasks[task]!.name),
    ...byStatus,
    flaky: view.flaky.map((task) => view.tasks[task]!.name),
    cached: Array.from(view.cached, (task) => view.tasks[task]!.name),
    failures: { ...failures },
    failureCounts: { ...failureCounts },
    strayErrors: [...view.strayErrors],
    startedAt: new Date(view.startedAt ?? 0),
    finishedAt: new Date(view.finishedAt ?? 0),
    duration: view.elapsedMs / 1000,
    reporterErrors,
    ok: isSuccessful(view) && reporterErrors.length === 0,
    text: summaryText(view),
  };
}

function failureOf(record: ErrorRecord): Failure {
  return { errorType: record.type, error: record.message, stack: record.stack, record };
}

/** The summary line: the counts of {@linkcode tallyTexts}, and those of errors without a task. */
export function summaryText(view: RunView): string {
  const counts = tallyTexts(tally(view));
  if (view.strayErrors.length > 0) counts.push(plural(view.strayErrors.length, "stray error"));
  return `==== ${counts.join(", ")} in ${(view.elapsedMs / 1000).toFixed(2)}s ====`;
}
