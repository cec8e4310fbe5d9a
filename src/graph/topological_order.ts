/** Topological sorting by Kahn's algorithm. */
import type { Adjacency } from "./adjacency.ts";

/** The edges of a directed graph in both directions. The graph may have cycles. */
interface Edges {
  readonly dependencies: Adjacency;
  readonly dependents: Adjacency;
}

/**
 * Sorts the tasks topologically. The algorithm is iterative, so chains of 100,000 tasks do not
 * overflow the stack.
 *
 * @returns The ids, each after those of its dependencies. Tasks on a cycle, or behind one, are
 * missing.
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
