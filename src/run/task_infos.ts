/** The tasks of a graph, as events introduce them. */
import type { TaskInfo } from "../events/run_event.ts";
import type { Graph } from "../graph/graph.ts";
import type { TaskId } from "../task/task.ts";

const described = new WeakMap<Graph, readonly TaskInfo[]>();

/** See the head of this file. They are made once for a graph that is run again and again. */
export function taskInfos(graph: Graph): readonly TaskInfo[] {
  let tasks = described.get(graph);
  if (!tasks) {
    tasks = graph.tasks.map(({ name, tags }, id) => ({
      name,
      after: Array.from(graph.dependenciesOf(id)) as TaskId[],
      tags,
    }));
    described.set(graph, tasks);
  }
  return tasks;
}
