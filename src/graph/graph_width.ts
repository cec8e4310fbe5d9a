/** The width of a graph. */
import type { Graph } from "./graph.ts";
import { topologicalOrder } from "./topological_order.ts";

/**
 * Returns the largest number of tasks on one level, in time linear in tasks and edges: about as
 * many threads have work at once. The level of a task is the number of edges on the longest path to
 * it.
 */
export function graphWidth(graph: Graph): number {
  return widths.getOrInsertComputed(graph, computeWidth);
}

/** Computed once for a graph that is run several times. */
const widths = new WeakMap<Graph, number>();

function computeWidth(graph: Graph): number {
  const levels = new Int32Array(graph.size);
  const counts = new Int32Array(graph.size);
  let width = 0;
  for (const id of topologicalOrder(graph)) {
    const level = levels[id]!;
    const count = ++counts[level]!;
    if (count > width) width = count;
    for (const dependent of graph.dependentsOf(id)) {
      if (levels[dependent]! <= level) levels[dependent] = level + 1;
    }
  }
  return width;
}
