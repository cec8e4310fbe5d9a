/**
 * The critical path of a run: the chain of dependencies with the longest total duration; and how
 * well the threads were used.
 *
 * Each task of the chain has to wait for the one before it, so no number of threads can bring this
 * graph below the chain's length while the durations stay the same. If the run took hardly longer
 * than the chain, shorten the chain. If the run took much longer, there were too few threads, or
 * they were not used well.
 */
import type { TaskId } from "../task/task.ts";
import type { RunView } from "./run_view.ts";

/** The chain of dependencies with the longest total duration. */
export interface CriticalPath {
  /** The chain: each task is a dependency of the next. Empty if nothing has run. */
  readonly tasks: readonly TaskId[];
  /** Total duration of the chain in milliseconds: a lower bound for the run. */
  readonly lengthMs: number;
  /** The chain's share of the run's duration, from 0 to 1. */
  readonly share: number;
}

/**
 * Computes the critical path of a finished run, in time linear in its tasks and dependencies. Tasks
 * that did not run are in no chain. Of equally long chains, the one whose last task ended first is
 * returned.
 */
export function criticalPath(view: RunView): CriticalPath {
  const reachMs = new Float64Array(view.tasks.length).fill(-1);
  const previous = new Int32Array(view.tasks.length).fill(-1);
  let end = -1;
  // Dependencies end before their dependents start, so they precede them in this list.
  for (const task of view.ran) {
    let before = -1;
    for (const dependency of view.tasks[task]!.after) {
      if (reachMs[dependency]! > (before < 0 ? -1 : reachMs[before]!)) before = dependency;
    }
    previous[task] = before;
    reachMs[task] = (before < 0 ? 0 : reachMs[before]!) + (view.tookMs[task] ?? 0);
    if (end < 0 || reachMs[task]! > reachMs[end]!) end = task;
  }
  const lengthMs = end < 0 ? 0 : reachMs[end]!;
  return {
    tasks: chainTo(end, previous),
    lengthMs,
    share: view.elapsedMs > 0 ? Math.min(1, lengthMs / view.elapsedMs) : 0,
  };
}

function chainTo(end: number, previous: Int32Array): TaskId[] {
  const chain: TaskId[] = [];
  for (let task = end; task >= 0; task = previous[task]!) chain.push(task as TaskId);
  return chain.reverse();
}

/**
 * The share of the threads' time that was spent in tasks, from 0 to 1. A low value with a short
 * critical path means that threads waited for something else than the graph: starting threads, or
 * external events.
 */
export function efficiency(view: RunView): number {
  const hadMs = view.workers * view.elapsedMs;
  return hadMs > 0 ? Math.min(1, view.busyMs / hadMs) : 0;
}
