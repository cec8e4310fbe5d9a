/**
 * Shards of a graph: parts for several machines, each with the dependencies that it needs.
 *
 * A connected component of the graph is assigned to one shard as a whole if it is no larger than
 * the average shard. Each sink of a larger one is assigned with its transitive dependencies, so
 * these may be in several shards. The largest unit is assigned first, to the shard that is smallest
 * afterwards (longest processing time first). The same graph and weights give the same shards.
 *
 * A task with `when: "always"` or `"failed"` handles dependencies that did not run. So it needs
 * none of them but its resources, and is in every shard that has one.
 */
import type { Graph } from "./graph.ts";
import { isTask } from "./resources.ts";
import { topologicalOrder } from "./topological_order.ts";

/**
 * Divides a graph into shards. Every task is in a shard.
 *
 * @param count Number of shards, from 1.
 * @param weightOf Returns the weight of a task by id, such as its duration.
 * @returns The ids of the tasks of each shard, in ascending order. A shard may be empty.
 */
export function shardsOf(
  graph: Graph,
  count: number,
  weightOf: (task: number) => number,
): number[][] {
  const division = new Division(graph, count, weightOf);
  return division.shards();
}

/** The tasks of one shard, and the sum of their weights. */
interface Shard {
  readonly has: Uint8Array;
  weight: number;
}

/** Sinks that are assigned together, and the weight of these with their dependencies. */
interface Unit {
  readonly sinks: readonly number[];
  readonly weight: number;
}

class Division {
  readonly #graph: Graph;
  readonly #weightOf: (task: number) => number;
  readonly #shards: readonly Shard[];
  /** By task: whether it runs after failures, too. */
  readonly #isHandler: readonly boolean[];

  constructor(graph: Graph, count: number, weightOf: (task: number) => number) {
    this.#graph = graph;
    this.#weightOf = weightOf;
    this.#shards = Array.from({ length: count }, () => ({
      has: new Uint8Array(graph.size),
      weight: 0,
    }));
    this.#isHandler = graph.tasks.map(({ policy }, id) =>
      (policy?.when ?? "passed") !== "passed" && this.#tasksBefore(id).length > 0
    );
  }

  shards(): number[][] {
    for (const unit of this.#units()) this.#assign(unit);
    this.#addHandlers();
    return this.#shards.map(({ has }) => [...has.keys()].filter((task) => has[task]));
  }

  /** The units, the largest first. */
  #units(): Unit[] {
    const all = new Uint8Array(this.#graph.size);
    const sinks = [...this.#graph.tasks.keys()].filter((task) =>
      !this.#isHandler[task] && isTask(this.#graph.tasks[task]!) &&
      this.#graph.dependentsOf(task).every((dependent) => this.#isHandler[dependent])
    );
    const total = this.#weigh(sinks, all);
    const components = Map.groupBy(sinks, this.#componentOf());
    return [...components.values()].flatMap((group): Unit[] => {
      const whole = this.#unit(group);
      const isSmall = whole.weight <= total / this.#shards.length;
      return isSmall || group.length === 1 ? [whole] : group.map((sink) => this.#unit([sink]));
    }).sort((a, b) => b.weight - a.weight || a.sinks[0]! - b.sinks[0]!);
  }

  #unit(sinks: readonly number[]): Unit {
    return { sinks, weight: this.#weigh(sinks, new Uint8Array(this.#graph.size)) };
  }

  /** Returns a function that returns the component of a task: the first of its tasks. */
  #componentOf(): (task: number) => number {
    const parents = Int32Array.from(this.#graph.tasks.keys());
    const find = (task: number): number => {
      while (parents[task] !== task) {
        parents[task] = parents[parents[task]!]!;
        task = parents[task]!;
      }
      return task;
    };
    for (const task of this.#graph.tasks.keys()) {
      for (const dependency of this.#needs(task)) {
        const [a, b] = [find(task), find(dependency)];
        parents[Math.max(a, b)] = Math.min(a, b);
      }
    }
    return find;
  }

  #assign({ sinks }: Unit): void {
    const sizes = this.#shards.map(({ has, weight }) => weight + this.#weigh(sinks, has.slice()));
    const smallest = this.#shards[sizes.indexOf(Math.min(...sizes))]!;
    smallest.weight += this.#weigh(sinks, smallest.has);
  }

  /**
   * Adds tasks with their dependencies to a set.
   *
   * @param has The tasks of the set. It has the dependencies of its tasks.
   * @returns The weight of what was added.
   */
  #weigh(tasks: readonly number[], has: Uint8Array): number {
    let weight = 0;
    const open = [...tasks];
    for (let task = open.pop(); task !== undefined; task = open.pop()) {
      if (has[task]) continue;
      has[task] = 1;
      weight += this.#weightOf(task);
      open.push(...this.#needs(task));
    }
    return weight;
  }

  /** The dependencies that have to be in the shard of a task. */
  #needs(task: number): Iterable<number> {
    const dependencies = this.#graph.dependenciesOf(task);
    return this.#isHandler[task]
      ? dependencies.filter((it) => !isTask(this.#graph.tasks[it]!))
      : dependencies;
  }

  /** The dependencies of a task without its resources. */
  #tasksBefore(task: number): Int32Array {
    return this.#graph.dependenciesOf(task).filter((it) => isTask(this.#graph.tasks[it]!));
  }

  #addHandlers(): void {
    for (const task of topologicalOrder(this.#graph)) {
      if (!this.#isHandler[task]) continue;
      const before = this.#tasksBefore(task);
      for (const { has } of this.#shards) {
        if (before.some((dependency) => has[dependency])) this.#weigh([task], has);
      }
    }
  }
}
