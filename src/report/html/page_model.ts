/** What the parts of the page are made of, gathered once. */
import { type CriticalPath, criticalPath } from "../../events/critical_path.ts";
import { isFlaky, type RunView } from "../../events/run_view.ts";
import type { ErrorContext } from "../text/format_error.ts";
import type { TimelineAttempt } from "../formats/attempt_timeline.ts";

/** What a page shows beyond the view of the run. */
export interface HtmlExtras extends ErrorContext {
  /** What was run, as the heading names it. */
  readonly module: string;
  /** Every attempt, in the order in which they started. */
  readonly attempts: readonly TimelineAttempt[];
  /** The last lines of what tasks printed and logged that are of interest, by task. */
  readonly output: ReadonlyMap<number, readonly string[]>;
}

/** See the head of this file. */
export interface PageModel extends HtmlExtras {
  readonly view: RunView;
  readonly path: CriticalPath;
  readonly isCritical: (task: number) => boolean;
  /** A task's attempts that others followed. */
  readonly retriedOf: (task: number) => readonly TimelineAttempt[];
}

/** Gathers what the parts of the page have in common. */
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

/** How a task's end is called on the page: a task that passed late is flaky. */
export type DisplayOutcome = "passed" | "flaky" | "failed" | "skipped" | "cancelled";

/** All of them, in the order in which they are listed. */
export const DISPLAY_OUTCOMES: readonly DisplayOutcome[] = [
  "failed",
  "flaky",
  "skipped",
  "cancelled",
  "passed",
];

/** How a task ended. */
export function displayOutcome(view: RunView, task: number): DisplayOutcome {
  return isFlaky(view, task) ? "flaky" : view.outcomes[task]?.status ?? "cancelled";
}

/** `100,000`: a number as it is read. */
export function formatCount(number: number): string {
  return number.toLocaleString("en-US");
}
