/**
 * Graph contraction: removes tasks and keeps the order of the remaining ones. In a -> mid -> c
 * without mid, c depends on a. A mocked task passes no order on, since its result exists before the
 * run starts.
 *
 * The dependencies of removed tasks are not expanded for each of them, since layers of such tasks
 * would take quadratic memory. They are searched from each remaining task, and only through
 * junctions: a removed task that leads to nothing, or to a single task, is resolved beforehand.
 */
import type { TaskSpec } from "../task/task.ts";
import type { Graph } from "./graph.ts";
import { topologicalOrder } from "./topological_order.ts";

/** The action for a task: keep, remove, or remove as mocked. */
export const NodeAction = { KEEP: 0, REMOVE: 1, MOCKED: 2 } as const;

/** Marks that no remaining task is reachable. */
const NONE = -1;

/**
 * Returns the remaining tasks in id order, each with the remaining tasks that it depends on
 * directly or through removed ones.
 */
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
 * Finds for each task where a search that reaches it continues: at the task itself if it remains or
 * is a junction, else at the only task reachable from it.
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
