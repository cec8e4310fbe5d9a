/** The view when the run is over, in the words and shape the original's summary had. */
import type { ErrorRecord } from "../base/error_record.ts";
import { plural } from "../base/text_format.ts";
import { isSuccessful, type RunView, type StrayRecord } from "./run_view.ts";
import type { TaskStatus } from "./run_event.ts";

/** Why one task failed. */
export interface Failure {
  /** The error's name: `AssertionError`. */
  readonly errorType: string;
  /** The error's message. */
  readonly error: string;
  /** The stack, where there is one. */
  readonly stack: string | undefined;
  /** The whole error: cause chain, members, own properties. */
  readonly record: ErrorRecord;
}

/** How a run ended. Lists hold task names in the order in which the tasks finished. */
export interface Summary {
  /** Tasks whose function was called. */
  readonly ran: readonly string[];
  /** Tasks that returned. */
  readonly passed: readonly string[];
  /** Tasks that threw, were late, or returned what cannot be shared. */
  readonly failed: readonly string[];
  /** Tasks that were not run since a dependency did not pass. */
  readonly skipped: readonly string[];
  /** Tasks that the end of a cancelled run has kept from running, or ended. */
  readonly cancelled: readonly string[];
  /** Tasks that passed, but not on their first attempt. */
  readonly flaky: readonly string[];
  /** Why, for each failed task. */
  readonly failures: Readonly<Record<string, Failure>>;
  /** How many tasks did not pass, by error type: skipped ones as `DependencyError`, cancelled as `CancelledError`. */
  readonly failureCounts: Readonly<Record<string, number>>;
  /** Errors that no task's call threw: promises left to reject, timers that throw. */
  readonly strayErrors: readonly StrayRecord[];
  /** When the run started. */
  readonly startedAt: Date;
  /** When it was over. */
  readonly finishedAt: Date;
  /** Seconds from the first event to the last. */
  readonly duration: number;
  /** What callbacks and reporters threw: each is called no more after that. */
  readonly reporterErrors: readonly ErrorRecord[];
  /** Whether everything is well: every task passed or was not needed, and nothing else went wrong. */
  readonly ok: boolean;
  /** `==== 5 passed, 1 failed, 0 skipped in 0.21s ====` */
  readonly text: string;
}

/**
 * Sums up a finished run.
 *
 * @param reporterErrors What callbacks and reporters threw.
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
    byStatus[outcome.status].push(name);
    if (outcome.status === "failed") {
      failures[name] = failureOf(outcome.error);
      count(outcome.error.type);
    } else if (outcome.status === "skipped" && outcome.cause !== null) count("DependencyError");
    else if (outcome.status === "cancelled") count("CancelledError");
  }
  return {
    ran: view.ran.map((task) => view.tasks[task]!.name),
    ...byStatus,
    flaky: view.flaky.map((task) => view.tasks[task]!.name),
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

/** The last line of a run. Counts beyond the original's three stand there only when not zero. */
export function summaryText(view: RunView): string {
  const { passed, failed, skipped, cancelled } = view.counts;
  const counts = [`${passed} passed`, `${failed} failed`, `${skipped} skipped`];
  if (view.flaky.length > 0) counts.push(`${view.flaky.length} flaky`);
  if (cancelled > 0) counts.push(`${cancelled} cancelled`);
  if (view.strayErrors.length > 0) counts.push(plural(view.strayErrors.length, "stray error"));
  return `==== ${counts.join(", ")} in ${(view.elapsedMs / 1000).toFixed(2)}s ====`;
}
