/**
 * Longest paths to a sink: a task's priority by critical path (the upward rank of HEFT, without
 * communication costs).
 */
import type { Graph } from "./graph.ts";
import { topologicalOrder } from "./topological_order.ts";

/**
 * Computes for each task the length of the longest path from it to a sink, itself included. If more
 * tasks are ready than threads are free, the one with the longest path should start first.
 *
 * @param lengthOf Duration of a task, in any unit; by default 1 for all tasks.
 */
export function longestPathToSink(
  graph: Graph,
  lengthOf: (task: number) => number = () => 1,
): Float64Array {
  const remaining = new Float64Array(graph.size);
  const order = topologicalOrder(graph);
  for (let i = order.length - 1; i >= 0; i--) {
    const task = order[i]!;
    let longest = 0;
    for (const dependent of graph.dependentsOf(task)) {
      if (remaining[dependent]! > longest) longest = remaining[dependent]!;
    }
    remaining[task] = longest + lengthOf(task);
  }
  return remaining;
}
