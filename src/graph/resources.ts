/**
 * Resources in a graph. A selected graph has the set-ups of the resources that its tasks use; their
 * tear-downs are added for a run, since what they wait for follows from the selection.
 */
import type { TaskSpec } from "../task/task.ts";
import { tearDownName, tearDownSpec } from "../task/resource_nodes.ts";
import { contractGraph, NodeAction } from "./contract_graph.ts";
import { Graph } from "./graph.ts";

/** Whether a node is a task, not the set-up or the tear-down of a resource. */
export function isTask({ kind }: Pick<TaskSpec, "kind">): boolean {
  return kind === undefined;
}

const runGraphs = new WeakMap<Graph, Graph>();

/**
 * Adds the tear-downs of a graph's resources: each after the tasks that use the resource, and after
 * the tear-downs of the resources that use it. The same graph gives the same object.
 *
 * @param graph A graph without tear-downs; returned if it has no resources.
 */
export function withTearDowns(graph: Graph): Graph {
  if (graph.setUps.length === 0) return graph;
  return runGraphs.getOrInsertComputed(graph, () => {
    const users = usersOf(graph);
    const tearDowns = graph.tasks.filter((it) => !isTask(it)).map((setUp): TaskSpec => {
      const after = users.get(setUp.name)!.map((user) => {
        return isTask(user) ? user.name : tearDownName(user.name);
      });
      return { ...tearDownSpec(setUp), after: [setUp.name, ...after] };
    });
    return Graph.from([...graph.tasks, ...tearDowns]);
  });
}

function usersOf(graph: Graph): Map<string, TaskSpec[]> {
  const users = new Map(graph.names.map((name) => [name, [] as TaskSpec[]]));
  for (const task of graph.tasks) {
    for (const name of task.use ?? []) users.get(name)?.push(task);
  }
  return users;
}

const taskGraphs = new WeakMap<Graph, Graph>();

/**
 * The tasks of a graph without its resources; a task depends on what its resources depend on. The
 * same graph gives the same object.
 */
export function withoutResources(graph: Graph): Graph {
  if (graph.setUps.length === 0) return graph;
  return taskGraphs.getOrInsertComputed(graph, () => {
    const actions = Uint8Array.from(graph.tasks, (it) => {
      return isTask(it) ? NodeAction.KEEP : NodeAction.REMOVE;
    });
    return Graph.from(contractGraph(graph, actions));
  });
}

/**
 * The ids of the resources that tasks use, directly or through other resources.
 *
 * @param isMeant Whether a resource counts, and is followed to those that it uses.
 */
export function usedBy(
  graph: Graph,
  tasks: readonly number[],
  isMeant: (id: number) => boolean = () => true,
): Set<number> {
  const found = new Set<number>();
  const open = [...tasks];
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    for (const name of graph.tasks[id]!.use ?? []) {
      const used = graph.idOf(name);
      if (used === undefined || found.has(used) || !isMeant(used)) continue;
      found.add(used);
      open.push(used);
    }
  }
  return found;
}
