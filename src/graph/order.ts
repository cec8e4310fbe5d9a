/** The order in which dependencies come first, for whatever has to go through a graph once. */
import type { Graph } from "./graph.ts";

/** All ids, each after its dependencies. */
export function inOrder(graph: Graph): Int32Array {
  const waiting = new Int32Array(graph.size);
  const order = new Int32Array(graph.size);
  let tail = 0;
  for (let id = 0; id < graph.size; id++) {
    waiting[id] = graph.dependenciesOf(id).length;
    if (waiting[id] === 0) order[tail++] = id;
  }
  for (let head = 0; head < tail; head++) {
    for (const dependent of graph.dependentsOf(order[head]!)) {
      if (--waiting[dependent]! === 0) order[tail++] = dependent;
    }
  }
  return order;
}
