/** How much stands behind each task: what decides how soon it should run. */
import type { Graph } from "./graph.ts";
import { topologicalOrder } from "./topological_order.ts";

/**
 * For each task the length of the longest path from it to an end of the graph, itself included. With more
 * tasks ready than threads, the one with the longest path goes first: what it holds up takes longest.
 *
 * @param lengthOf How long a task takes, in any unit; by default all take the same.
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
