/** Skipped tasks, grouped by the cause: one failure may skip thousands. */
import type { TaskId } from "../task/task.ts";
import { outcomeReason } from "./outcome_reason.ts";
import { isUnneeded, type TaskOutcome } from "./run_event.ts";
import { isTaskNode, type RunView } from "./run_view.ts";

/** Tasks that were skipped for one reason. */
export interface SkipGroup {
  /** The reason: `load failed`. With one task, also the task in between: `(through parse)`. */
  readonly why: string;
  /** The tasks, in the order in which they were skipped. */
  readonly tasks: readonly TaskId[];
  /** The task that failed or that skipped itself; null for tasks that skipped themselves. */
  readonly cause: TaskId | null;
  /** Whether the tasks skipped themselves. */
  readonly isOwn: boolean;
}

/**
 * Groups the skipped tasks by cause; tasks that skipped themselves by their reason. Tasks that were
 * not needed are left out: they run after failures alone. Set-ups and tear-downs are left out, too:
 * the groups have as many tasks as the summary counts.
 *
 * @returns The groups, the largest first.
 */
export function skipGroups(view: RunView): SkipGroup[] {
  const { finished, outcomes } = view;
  const skipped = finished.filter((task) => {
    const outcome = outcomes[task]!;
    return outcome.status === "skipped" && !isUnneeded(outcome) && isTaskNode(view, task);
  });
  return [...Map.groupBy(skipped, (task) => keyOf(outcomes[task]!)).values()]
    .map((tasks) => toGroup(tasks, view))
    .sort((a, b) => b.tasks.length - a.tasks.length);
}

function keyOf(outcome: TaskOutcome): number | string {
  if (outcome.status !== "skipped") return "";
  return outcome.cause ?? `reason ${outcome.reason}`;
}

function toGroup(tasks: readonly TaskId[], view: RunView): SkipGroup {
  const outcome = view.outcomes[tasks[0]!]!;
  if (outcome.status !== "skipped") throw new TypeError("expected a skipped task");
  const { cause } = outcome;
  const named = tasks.length === 1 || cause === null ? outcome : { ...outcome, via: cause };
  return { why: outcomeReason(named, view), tasks, cause, isOwn: cause === null };
}
