/** Levels of tasks: the layers of their graph by the longest path to each task. */

/** The dependencies of a task, by id. */
export interface TaskEdges {
  readonly after: readonly number[];
}

/** Computes the level of each task, from 0: all dependencies are on lower levels. */
export function levelsOf(tasks: readonly TaskEdges[]): Int32Array {
  const dependents = invertEdges(tasks.map(({ after }) => after));
  const waiting = Int32Array.from(tasks, ({ after }) => after.length);
  const levels = new Int32Array(tasks.length);
  const ready: number[] = [];
  for (let task = 0; task < tasks.length; task++) if (waiting[task] === 0) ready.push(task);
  // The list grows during the iteration (Kahn's algorithm).
  for (const task of ready) {
    for (const dependent of dependents[task]!) {
      levels[dependent] = Math.max(levels[dependent]!, levels[task]! + 1);
      if (--waiting[dependent]! === 0) ready.push(dependent);
    }
  }
  return levels;
}

/** Inverts adjacency lists: predecessors to successors. */
export function invertEdges(before: readonly (readonly number[])[]): number[][] {
  const next: number[][] = before.map(() => []);
  for (const [node, nodes] of before.entries()) for (const it of nodes) next[it]!.push(node);
  return next;
}
