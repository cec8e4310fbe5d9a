/** Finds a cycle, if there is one. */
import { topologicalOrder } from "./topological_order.ts";
import { type Adjacency, neighbors } from "./adjacency.ts";

/**
 * Looks for a cycle.
 *
 * @returns The ids along one cycle, in the direction of running, its first repeated at the end, or
 * undefined. The smallest id of the cycle comes first, so that the same graph gives the same message.
 */
export function findCycle(dependencies: Adjacency, dependents: Adjacency): number[] | undefined {
  const size = dependents.start.length - 1;
  const order = topologicalOrder({ dependencies, dependents });
  if (order.length === size) return undefined;
  const isLeft = new Uint8Array(size).fill(1);
  for (const id of order) isLeft[id] = 0;
  return walk(dependencies, isLeft);
}

/** Each remaining task waits for a remaining one, so walking backwards must come round. */
function walk(dependencies: Adjacency, isLeft: Uint8Array): number[] {
  const steps = new Map<number, number>();
  const path: number[] = [];
  let id = isLeft.indexOf(1);
  while (!steps.has(id)) {
    steps.set(id, path.length);
    path.push(id);
    id = neighbors(dependencies, id).find((other) => isLeft[other] === 1)!;
  }
  const cycle = path.slice(steps.get(id)).reverse();
  const first = cycle.indexOf(cycle.reduce((least, other) => Math.min(least, other)));
  return [...cycle.slice(first), ...cycle.slice(0, first), cycle[first]!];
}
