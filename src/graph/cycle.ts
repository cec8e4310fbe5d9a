/** Finds a cycle, if there is one, without recursion: chains of 100,000 tasks are fine. */
import type { Rows } from "./graph.ts";

/**
 * Removes tasks that wait for nobody until none is left; whoever remains is on a cycle, or behind
 * one.
 *
 * @returns The ids along one cycle, in the direction of running, its first repeated at the end, or
 * undefined. The smallest id of the cycle comes first, so that the same graph gives the same message.
 */
export function findCycle(dependencies: Rows, dependents: Rows): number[] | undefined {
  const size = dependents.start.length - 1;
  const waiting = new Int32Array(size);
  const queue = new Int32Array(size);
  let tail = 0;
  for (let id = 0; id < size; id++) {
    waiting[id] = dependencies.start[id + 1]! - dependencies.start[id]!;
    if (waiting[id] === 0) queue[tail++] = id;
  }
  for (let head = 0; head < tail; head++) {
    const id = queue[head]!;
    for (let i = dependents.start[id]!; i < dependents.start[id + 1]!; i++) {
      const dependent = dependents.list[i]!;
      if (--waiting[dependent]! === 0) queue[tail++] = dependent;
    }
  }
  if (tail === size) return undefined;
  return walk(dependencies, waiting);
}

/** Each remaining task waits for a remaining one, so walking backwards must come round. */
function walk(dependencies: Rows, waiting: Int32Array): number[] {
  const steps = new Map<number, number>();
  const path: number[] = [];
  let id = waiting.findIndex((count) => count > 0);
  while (!steps.has(id)) {
    steps.set(id, path.length);
    path.push(id);
    const { start, list } = dependencies;
    id = list.subarray(start[id]!, start[id + 1]!).find((other) => waiting[other]! > 0)!;
  }
  const cycle = path.slice(steps.get(id)).reverse();
  const first = cycle.indexOf(cycle.reduce((least, other) => Math.min(least, other)));
  return [...cycle.slice(first), ...cycle.slice(0, first), cycle[first]!];
}
