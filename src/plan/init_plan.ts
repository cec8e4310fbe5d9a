/** Writes a graph into the memory of a new plan. */
import { type PlanLayout, Word } from "./plan_layout.ts";
import type { PlanGraph, PlanOptions } from "./task_status.ts";

/** Fills everything but the ready set and the log. Returns the tasks that wait for nobody. */
export function initPlan(
  words: Int32Array,
  at: PlanLayout,
  graph: PlanGraph,
  options: PlanOptions,
): number[] {
  const { dependencies, dependents, size } = graph;
  words.set(dependents.start, at.dependentsStart);
  words.set(dependents.list, at.dependents);
  words[Word.SKIP_DEPENDENTS] = options.skipDependents ? 1 : 0;
  words[Word.FAIL_LIMIT] = options.failLimit ?? 0;
  words[Word.REMAINING] = size;
  const roots: number[] = [];
  for (let task = 0; task < size; task++) {
    const rank = options.ranks?.[task] ?? task;
    words[at.rankOf + task] = rank;
    words[at.taskAt + rank] = task;
    const waiting = dependencies.start[task + 1]! - dependencies.start[task]!;
    words[at.waiting + task] = waiting;
    if (waiting === 0) roots.push(task);
  }
  return roots;
}
