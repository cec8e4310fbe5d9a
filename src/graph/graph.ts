/**
 * The graph of tasks and dependencies: an immutable directed acyclic graph. The mutable state of a
 * run (counters, statuses) is in the plan.
 */
import { UsageError } from "../base/errors.ts";
import { didYouMean } from "../base/suggest.ts";
import type { TaskId, TaskSpec } from "../task/task.ts";
import { sortNames } from "./sort_names.ts";
import { type Adjacency, neighbors, transpose } from "./adjacency.ts";
import { topologicalOrder } from "./topological_order.ts";

/**
 * The error of tasks that form no graph: a cycle, or an unknown or duplicate name.
 *
 * ```ts
 * import { GraphError, Scheduler } from "@thread-order/cli";
 *
 * const s = new Scheduler();
 * s.register(() => 1, "report", { after: ["lod"] });
 * s.register(() => 2, "load");
 * try {
 *   s.graph;
 * } catch (error) {
 *   if (!(error instanceof GraphError)) throw error;
 *   // Cannot order tasks: "report" depends on "lod", which is not a task; did you mean "load"?
 *   console.log(error.message);
 * }
 * ```
 */
export class GraphError extends UsageError {
  /** `GraphError`. */
  override name = "GraphError";
}

/**
 * The graph of tasks and dependencies. Immutable and acyclic.
 *
 * ```ts
 * import { Scheduler } from "@thread-order/cli";
 *
 * const s = new Scheduler();
 * s.register(() => 2, "double", { after: ["load"] });
 * s.register(() => 1, "load");
 * const { graph } = s;
 * const load = graph.idOf("load")!;
 * console.log([...graph.dependentsOf(load)].map((id) => graph.names[id])); // [ "double" ]
 * ```
 */
export class Graph {
  /** The tasks by id. An id is an index of the names sorted by code point. */
  readonly tasks: readonly TaskSpec[];
  /** The names of the tasks by id. */
  readonly names: readonly string[];
  /** The tasks that have a policy: usually few. */
  readonly withPolicy: readonly TaskSpec[];
  /** The ids of the set-ups of resources: usually few. */
  readonly setUps: readonly TaskId[];
  /** The dependencies of each task. */
  readonly dependencies: Adjacency;
  /** The dependents of each task, in id order. */
  readonly dependents: Adjacency;
  readonly #ids: ReadonlyMap<string, number>;

  private constructor(
    tasks: readonly TaskSpec[],
    names: readonly string[],
    ids: ReadonlyMap<string, number>,
    dependencies: Adjacency,
    dependents: Adjacency,
  ) {
    this.tasks = tasks;
    this.names = names;
    this.withPolicy = tasks.filter(({ policy }) => policy !== undefined);
    this.setUps = tasks.filter(({ kind }) => kind === "resource")
      .map(({ name }) => ids.get(name) as TaskId);
    this.#ids = ids;
    this.dependencies = dependencies;
    this.dependents = dependents;
  }

  /**
   * Builds a graph from tasks in any order.
   *
   * @param specs The tasks. Names are unique, and dependencies are names of tasks of the graph.
   * @throws {GraphError} when a name is a duplicate, a dependency is unknown, or dependencies form
   * a cycle. The message has the names.
   */
  static from(specs: readonly TaskSpec[]): Graph {
    const byName = new Map<string, TaskSpec>();
    for (const spec of specs) {
      if (byName.has(spec.name)) {
        throw new GraphError(`Cannot order tasks: "${spec.name}" is registered twice`);
      }
      byName.set(spec.name, spec);
    }
    const names = sortNames([...byName.keys()]);
    const ids = new Map(names.map((name, id) => [name, id]));
    const tasks = names.map((name) => byName.get(name)!);
    const dependencies = dependencyRows(tasks, ids);
    const dependents = transpose(dependencies);
    const cycle = findCycle(dependencies, dependents);
    if (cycle) {
      const path = cycle.map((id) => `"${names[id]}"`).join(" -> ");
      throw new GraphError(`Cannot order tasks: ${path} is a cycle`);
    }
    return new Graph(tasks, names, ids, dependencies, dependents);
  }

  /** Number of tasks. */
  get size(): number {
    return this.tasks.length;
  }

  /** Number of edges. */
  get edgeCount(): number {
    return this.dependents.list.length;
  }

  /**
   * Returns the id of a task.
   *
   * @param name The task's name.
   * @returns The id, or undefined if there is no task of that name.
   */
  idOf(name: string): TaskId | undefined {
    return this.#ids.get(name) as TaskId | undefined;
  }

  /**
   * Returns the ids of a task's direct dependencies.
   *
   * @param id The task's id.
   * @returns A view of {@linkcode Graph.dependencies}: do not write to it.
   */
  dependenciesOf(id: number): Int32Array {
    return neighbors(this.dependencies, id);
  }

  /**
   * Returns the ids of a task's direct dependents, in id order.
   *
   * @param id The task's id.
   * @returns A view of {@linkcode Graph.dependents}: do not write to it.
   */
  dependentsOf(id: number): Int32Array {
    return neighbors(this.dependents, id);
  }
}

function dependencyRows(tasks: readonly TaskSpec[], ids: ReadonlyMap<string, number>): Adjacency {
  const start = new Int32Array(tasks.length + 1);
  const list: number[] = [];
  for (const [id, task] of tasks.entries()) {
    const seen = task.after.length > 1 ? new Set(task.after) : task.after;
    for (const name of seen) {
      const dependency = ids.get(name);
      if (dependency === undefined) throw unknownDependency(task, name, ids);
      if (tasks[dependency]!.kind !== undefined) rejectUndeclaredUse(task, name);
      list.push(dependency);
    }
    start[id + 1] = list.length;
  }
  return { start, list: Int32Array.from(list) };
}

function unknownDependency(
  task: TaskSpec,
  name: string,
  ids: ReadonlyMap<string, number>,
): GraphError {
  const hint = didYouMean(name, [...ids.keys()]);
  return new GraphError(
    `Cannot order tasks: "${task.name}" depends on "${name}", which is not a task${hint}`,
  );
}

/** A set-up is a dependency of its users and of its tear-down alone. */
function rejectUndeclaredUse({ name, kind, use }: TaskSpec, dependency: string): void {
  if (kind === "teardown" || use?.includes(dependency)) return;
  throw new GraphError(
    `Cannot order tasks: "${name}" depends on "${dependency}", which is a resource: replace ` +
      "`after` by `use`",
  );
}

/**
 * Finds a cycle.
 *
 * @returns The ids along a cycle, in the direction of execution, with the first repeated at the
 * end; or undefined. The cycle starts with its smallest id, so that the same graph gives the same
 * message.
 */
function findCycle(dependencies: Adjacency, dependents: Adjacency): number[] | undefined {
  const size = dependents.start.length - 1;
  const order = topologicalOrder({ dependencies, dependents });
  if (order.length === size) return undefined;
  const isLeft = new Uint8Array(size).fill(1);
  for (const id of order) isLeft[id] = 0;
  return cycleIn(dependencies, isLeft);
}

/**
 * Walks backwards from task to task until one repeats: every remaining task has a remaining
 * dependency.
 */
function cycleIn(dependencies: Adjacency, isLeft: Uint8Array): number[] {
  const steps = new Map<number, number>();
  const path: number[] = [];
  let id = isLeft.indexOf(1);
  while (!steps.has(id)) {
    steps.set(id, path.length);
    path.push(id);
    id = neighbors(dependencies, id).find((other) => isLeft[other] === 1)!;
  }
  const cycle = path.slice(steps.get(id)).reverse();
  const first = cycle.indexOf(cycle.reduce((least, other) => Math.min(least, other)));
  return [...cycle.slice(first), ...cycle.slice(0, first), cycle[first]!];
}
