/**
 * The options of a plan, derived from a graph and the policy of a run; and the tasks as events
 * describe them.
 */
import type { TaskInfo } from "../events/run_event.ts";
import { neighborLists } from "../graph/adjacency.ts";
import type { Graph } from "../graph/graph.ts";
import { longestPathToSink } from "../graph/longest_path_to_sink.ts";
import type { PlanPolicies } from "../plan/policy_words.ts";
import { computeRanks } from "../plan/compute_ranks.ts";
import type { PlanResources } from "../plan/task_status.ts";
import type { TaskPolicy } from "../task/policy.ts";
import { tearDownName } from "../task/resource_nodes.ts";
import type { TaskId } from "../task/task.ts";
import type { RunPolicy } from "./run_policy.ts";

/** The policy of each task in a run, by id; an empty list if there are none. */
export function effectivePolicies(graph: Graph, run: RunPolicy): PlanPolicies {
  const { timeoutMs, retries } = run;
  const hasNone = timeoutMs === undefined && retries === undefined;
  if (hasNone && graph.withPolicy.length === 0) return [];
  return graph.tasks.map(({ policy, kind }): TaskPolicy | undefined =>
    hasNone ? policy : {
      ...(timeoutMs === undefined ? {} : { timeoutMs }),
      // A resource is disposed of once.
      ...(retries === undefined || kind === "teardown" ? {} : { retries }),
      ...policy,
    }
  );
}

/**
 * The ranks of the tasks of a run, or undefined if they equal the ids. The order "path" ranks by
 * the longest path to a sink (the HEFT upward rank without communication costs).
 *
 * A task without a known duration gets the median of the known ones.
 */
export function ranksOfRun(
  graph: Graph,
  policies: PlanPolicies,
  { order, durationsMs, shuffleSeed }: RunPolicy,
): Int32Array | undefined {
  if (order !== "path") return computeRanks(graph.size, policies, { seed: shuffleSeed });
  const known = graph.names.flatMap((name) => durationsMs?.[name] ?? []).sort((a, b) => a - b);
  const medianMs = known[known.length >> 1] ?? 1;
  const criticality = longestPathToSink(
    graph,
    (task) => durationsMs?.[graph.names[task]!] ?? medianMs,
  );
  return computeRanks(graph.size, policies, { seed: shuffleSeed, criticality });
}

const infosByGraph = new WeakMap<Graph, readonly TaskInfo[]>();

/**
 * The tasks of a graph, as events describe them. Computed once for a graph that is run several
 * times.
 *
 * @param run The policy of the run: its retries are the default of the tasks.
 */
export function taskInfos(
  graph: Graph,
  { retries }: Pick<RunPolicy, "retries"> = {},
): readonly TaskInfo[] {
  let tasks = infosByGraph.get(graph);
  if (!tasks) {
    const after = neighborLists(graph.dependencies) as TaskId[][];
    tasks = graph.tasks.map(({ name, tags, kind, policy }, id) => {
      const info = { name, after: after[id]!, tags };
      if (kind !== undefined) return { ...info, kind, ...attemptsOf(policy?.retries) };
      return policy?.retries === undefined ? info : { ...info, ...attemptsOf(policy.retries) };
    });
    infosByGraph.set(graph, tasks);
  }
  if (retries === undefined) return tasks;
  const defaults = attemptsOf(retries);
  return tasks.map((info, id) => {
    const isKept = graph.tasks[id]!.policy?.retries || info.kind === "teardown";
    return isKept ? info : { ...info, ...defaults };
  });
}

/** The number of attempts that retries allow; none for a single one. */
function attemptsOf(retries: TaskPolicy["retries"]): Pick<TaskInfo, "attempts"> {
  return retries === undefined || retries.count === 0 ? {} : { attempts: retries.count + 1 };
}

/**
 * The resources of a run for its plan.
 *
 * @param graph The graph with tear-downs.
 * @param firstLane The first lane for resources; undefined if they run on the lanes of tasks.
 * @returns Undefined if the graph has no resources.
 */
export function planResources(
  graph: Graph,
  firstLane: number | undefined,
): PlanResources | undefined {
  const { setUps } = graph;
  if (setUps.length === 0) return undefined;
  const nodes = setUps.map((setUp, index) => ({
    setUp,
    tearDown: graph.idOf(tearDownName(graph.names[setUp]!))!,
    lane: firstLane === undefined ? undefined : firstLane + index,
    restarts: graph.tasks[setUp]!.restarts ?? 0,
  }));
  const start = new Int32Array(graph.size + 1);
  const list: number[] = [];
  for (const [id, { use = [] }] of graph.tasks.entries()) {
    for (const name of use) list.push(graph.idOf(name)!);
    start[id + 1] = list.length;
  }
  return { nodes, uses: { start, list: Int32Array.from(list) } };
}
