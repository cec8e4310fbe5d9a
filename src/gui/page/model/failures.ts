/** The failures of a run: the Failures tab, its badge and the verdict have the same. */
import { plural } from "../../../base/text_format.ts";
import { errorOf } from "../../../events/outcome_reason.ts";
import type { StrayRecord } from "../../../events/run_view.ts";
import { tasksWithStatus } from "../../../events/run_view.ts";
import type { TaskId } from "../../../task/task.ts";
import type { DisplayedRun } from "./displayed_run.ts";
import { unreportedFailure } from "./run_end_status.ts";
import type { LostThread } from "./run_model.ts";

/** The failures of a run. */
export interface Failures {
  /** In the order in which they finished. */
  readonly failed: readonly TaskId[];
  /** Tasks that threw after the run was cancelled. */
  readonly cancelled: readonly TaskId[];
  readonly strayErrors: readonly StrayRecord[];
  /** Threads that were lost without a task that shows it. */
  readonly lostThreads: readonly LostThread[];
  /** The reason of a failure that no event explains. */
  readonly unreported: string | undefined;
  /** Number of all these. */
  readonly count: number;
}

/** Collects the failures of a run. A lost thread belongs to the failure of the task it ran. */
export function failuresOf(run: DisplayedRun): Failures {
  const { view, lostThreads } = run.model;
  const failed = tasksWithStatus(view, "failed");
  const cancelled = view.counts.cancelled === 0
    ? []
    : tasksWithStatus(view, "cancelled").filter((it) => errorOf(view.outcomes[it]));
  const shown = new Set<number>([...failed, ...cancelled, ...view.flaky]);
  const lost = lostThreads.filter(({ task }) => task === undefined || !shown.has(task));
  const unreported = unreportedFailure(run);
  return {
    failed,
    cancelled,
    strayErrors: view.strayErrors,
    lostThreads: lost,
    unreported,
    count: failed.length + cancelled.length + view.strayErrors.length + lost.length +
      Number(unreported !== undefined),
  };
}

/** The failures as text: `2 tasks failed, 1 error outside of tasks`; empty for none. */
export function failuresText({ failed, strayErrors, lostThreads }: Failures): string {
  return [
    failed.length > 0 && `${plural(failed.length, "task")} failed`,
    strayErrors.length > 0 && `${plural(strayErrors.length, "error")} outside of tasks`,
    lostThreads.length > 0 && `${plural(lostThreads.length, "thread")} lost`,
  ].filter(Boolean).join(", ");
}
