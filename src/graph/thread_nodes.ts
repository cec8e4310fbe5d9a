/**
 * Resources of the scope "thread" in the graph of a run: each thread has a set-up of its own for
 * each of them, and a tear-down. A task does not depend on these set-ups, since the thread that
 * takes it runs those that are missing there first. It depends on what they depend on instead, and
 * on the resources of the run that they use, so that they can run as soon as the task is taken.
 */
import { threadNodeName } from "../task/resource_nodes.ts";
import type { TaskSpec } from "../task/task.ts";
import type { Graph } from "./graph.ts";

/** The nodes of a run on a number of threads; those of the graph if no resource is of a thread. */
export function withThreadNodes({ tasks }: Graph, lanes: number): readonly TaskSpec[] {
  const resources = new Map(tasks.filter(isOfThread).map((it) => [it.name, it]));
  if (resources.size === 0) return tasks;
  return tasks.flatMap((task) => {
    if (!isOfThread(task)) return [withoutThreadUse(task, resources)];
    return Array.from({ length: lanes }, (_, lane) => threadNode(task, lane, resources));
  });
}

/** Whether a node is the set-up of a resource of which each thread has an instance. */
export function isOfThread({ scope }: Pick<TaskSpec, "scope">): boolean {
  return scope === "thread";
}

type ThreadResources = ReadonlyMap<string, TaskSpec>;

function threadNode(setUp: TaskSpec, lane: number, resources: ThreadResources): TaskSpec {
  const rename = (name: string) => resources.has(name) ? threadNodeName(name, lane) : name;
  const { name, after, use = [] } = setUp;
  return {
    ...setUp,
    name: threadNodeName(name, lane),
    lane,
    after: after.map(rename),
    use: use.map(rename),
  };
}

/** Replaces the resources of a thread among those that a task uses by what they depend on. */
function withoutThreadUse(task: TaskSpec, resources: ThreadResources): TaskSpec {
  const threadUse = new Set<string>();
  const add = (name: string) => {
    const found = resources.get(name);
    if (found === undefined || threadUse.has(name)) return;
    found.use?.forEach(add);
    threadUse.add(name);
  };
  task.use?.forEach(add);
  if (threadUse.size === 0) return task;
  const merged = (of: (spec: TaskSpec) => readonly string[]) => {
    const names = [task, ...[...threadUse].map((it) => resources.get(it)!)].flatMap(of);
    return [...new Set(names)].filter((it) => !resources.has(it));
  };
  return {
    ...task,
    after: merged(({ after }) => after),
    use: merged(({ use = [] }) => use),
    threadUse: [...threadUse],
  };
}
