/** The model from which the sections of the page are built. */
import { type CriticalPath, criticalPath } from "../../events/critical_path.ts";
import { isUnneeded } from "../../events/run_event.ts";
import { isFlaky, type RunView } from "../../events/run_view.ts";
import type { TaskId } from "../../task/task.ts";
import type { ErrorContext } from "../text/format_error.ts";
import type { TimelineAttempt } from "../formats/attempt_timeline.ts";

/** Data of the page beyond the run view. */
export interface HtmlExtras extends ErrorContext {
  /** The name of the module, for the heading. */
  readonly module: string;
  /** All attempts, in the order of their starts. */
  readonly attempts: readonly TimelineAttempt[];
  /** The last lines of output of the tasks that the page shows, by task. */
  readonly output: ReadonlyMap<number, readonly string[]>;
}

/** The run view and data derived from it. */
export interface PageModel extends HtmlExtras {
  readonly view: RunView;
  readonly path: CriticalPath;
  readonly isCritical: (task: number) => boolean;
  /** Returns a task's failed attempts that were followed by another. */
  readonly retriedOf: (task: number) => readonly TimelineAttempt[];
}

/** Builds the model. */
export function buildPageModel(view: RunView, extras: HtmlExtras): PageModel {
  const path = criticalPath(view);
  const critical = new Set<number>(path.tasks);
  const retried = Map.groupBy(extras.attempts.filter(({ end }) => end === "retried"), taskOf);
  return {
    ...extras,
    view,
    path,
    isCritical: (task) => critical.has(task),
    retriedOf: (task) => retried.get(task) ?? [],
  };
}

function taskOf({ task }: TimelineAttempt): number {
  return task;
}

/**
 * An outcome as displayed: a task that passed after a retry is flaky, one that was restored is
 * cached, and one that was skipped since nothing had failed is unneeded.
 */
export type DisplayOutcome =
  | "passed"
  | "cached"
  | "flaky"
  | "failed"
  | "skipped"
  | "unneeded"
  | "cancelled";

/** All outcomes in display order. */
export const DISPLAY_OUTCOMES: readonly DisplayOutcome[] = [
  "failed",
  "flaky",
  "skipped",
  "unneeded",
  "cancelled",
  "cached",
  "passed",
];

/** Returns the displayed outcome of a task. */
export function displayOutcome(view: RunView, task: number): DisplayOutcome {
  const outcome = view.outcomes[task];
  if (outcome === undefined) return "cancelled";
  if (view.cached.has(task as TaskId)) return "cached";
  if (isFlaky(view, task)) return "flaky";
  return isUnneeded(outcome) ? "unneeded" : outcome.status;
}

/** Formats a number with separators: `100,000`. */
export function formatCount(number: number): string {
  return number.toLocaleString("en-US");
}
