/**
 * What decided how long a run took: the chain of dependencies whose tasks took longest together, and
 * how well the threads were used.
 *
 * Each task of the chain had to wait for the one before it, so no number of threads can bring this
 * graph below the chain's length, as long as its tasks take what they took. A run that took hardly
 * longer is decided by its graph: shorten the chain. One that took much longer is decided by its
 * threads: there were too few, or they were not used well.
 */
import type { TaskId } from "../task/task.ts";
import type { RunView } from "./run_view.ts";

/** See the head of this file. */
export interface CriticalPath {
  /** The chain: each of these tasks is a dependency of the next. Empty when nothing has run. */
  readonly tasks: readonly TaskId[];
  /** How long its tasks took together, in milliseconds: the least that the run can take. */
  readonly lengthMs: number;
  /** The length as a part of the run's time, from 0 to 1. */
  readonly share: number;
}

/**
 * The critical path of a finished run, in time linear in its tasks and dependencies. Tasks that did
 * not run are in no chain. Among equal chains it is the one whose last task ended first.
 */
export function criticalPath(view: RunView): CriticalPath {
  const reachMs = new Float64Array(view.tasks.length).fill(-1);
  const previous = new Int32Array(view.tasks.length).fill(-1);
  let end = -1;
  // A task runs when its dependencies have finished: they stand in this list before it.
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
 * How much of the threads' time went into tasks, from 0 to 1: 1 stands for threads that were never
 * idle. A run whose threads are mostly idle while its critical path is short had more to wait for
 * than its graph: threads that start late, or tasks that wait for something outside.
 */
export function efficiency(view: RunView): number {
  const hadMs = view.workers * view.elapsedMs;
  return hadMs > 0 ? Math.min(1, view.busyMs / hadMs) : 0;
}
