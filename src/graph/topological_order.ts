/** The order in which dependencies come first, for whatever has to go through a graph once. */
import type { Adjacency } from "./adjacency.ts";

/** Who waits for whom, in both directions: a graph, or what may not be one. */
interface Edges {
  readonly dependencies: Adjacency;
  readonly dependents: Adjacency;
}

/**
 * Takes out tasks that wait for nobody until none is left: without recursion, so that chains of 100,000 tasks
 * are fine.
 *
 * @returns Their ids, each after those of its dependencies; whoever is missing is on a cycle, or behind one.
 */
export function topologicalOrder({ dependencies, dependents }: Edges): Int32Array {
  const size = dependents.start.length - 1;
  const waiting = new Int32Array(size);
  const order = new Int32Array(size);
  let tail = 0;
  for (let id = 0; id < size; id++) {
    waiting[id] = dependencies.start[id + 1]! - dependencies.start[id]!;
    if (waiting[id] === 0) order[tail++] = id;
  }
  for (let head = 0; head < tail; head++) {
    const id = order[head]!;
    for (let i = dependents.start[id]!; i < dependents.start[id + 1]!; i++) {
      const dependent = dependents.list[i]!;
      if (--waiting[dependent]! === 0) order[tail++] = dependent;
    }
  }
  return order.subarray(0, tail);
}
