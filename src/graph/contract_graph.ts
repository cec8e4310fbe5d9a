/**
 * A graph without some of its tasks, in which the rest is ordered as before: of a -> mid -> c without
 * mid, c comes after a. A mocked task passes nothing on: its result is there before the run starts.
 *
 * What stands behind a task left out is not written down for it, since layers of such tasks would need
 * memory by the square. It is looked for from each task that stays, through junctions alone: a task
 * left out that leads to nothing, or to one task, is stepped over beforehand.
 */
import type { TaskSpec } from "../task/task.ts";
import type { Graph } from "./graph.ts";
import { topologicalOrder } from "./topological_order.ts";

/** What becomes of each task, by id. */
export const NodeAction = { KEEP: 0, REMOVE: 1, MOCKED: 2 } as const;

/** Nothing that stays stands behind a task. */
const NONE = -1;

/** The tasks that stay, in id order, each after the ones that stay and that it came after. */
export function contractGraph(graph: Graph, actions: Uint8Array): TaskSpec[] {
  const entries = entriesOf(graph, actions);
  const seenBy = new Int32Array(graph.size).fill(-1);
  const specs: TaskSpec[] = [];
  for (const [id, spec] of graph.tasks.entries()) {
    if (actions[id] !== NodeAction.KEEP) continue;
    const before: number[] = [];
    const open = [id];
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      for (const dependency of graph.dependenciesOf(next)) {
        const entry = entries[dependency]!;
        if (entry === NONE || seenBy[entry] === id) continue;
        seenBy[entry] = id;
        (actions[entry] === NodeAction.KEEP ? before : open).push(entry);
      }
    }
    before.sort((a, b) => a - b);
    specs.push({ ...spec, after: before.map((other) => graph.tasks[other]!.name) });
  }
  return specs;
}

/**
 * For each task where to go on behind it: itself if it stays; the only such place behind it if it is
 * left out, or itself where there are several.
 */
function entriesOf(graph: Graph, actions: Uint8Array): Int32Array {
  const entries = new Int32Array(graph.size);
  for (const id of topologicalOrder(graph)) {
    entries[id] = actions[id] === NodeAction.KEEP
      ? id
      : actions[id] === NodeAction.MOCKED
      ? NONE
      : singleEntry(graph, entries, id);
  }
  return entries;
}

function singleEntry(graph: Graph, entries: Int32Array, id: number): number {
  let only = NONE;
  for (const dependency of graph.dependenciesOf(id)) {
    const entry = entries[dependency]!;
    if (entry === NONE || entry === only) continue;
    if (only !== NONE) return id;
    only = entry;
  }
  return only;
}
