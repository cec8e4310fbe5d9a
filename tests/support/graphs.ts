/** Graphs in one line, for tests. */
import { Graph } from "../../src/graph/graph.ts";
import type { PolicyOptions } from "../../src/task/policy.ts";
import { type TaskSpec, taskSpec } from "../../src/task/task.ts";

/** A task: name, dependencies and tags. */
export function task(
  name: string,
  after: readonly string[] = [],
  tags: readonly string[] = [],
): TaskSpec {
  return { name, after, tags, withState: true };
}

/** `{ a: [], b: ["a"] }`: tasks with their dependencies. */
export function graphOf(tasks: Readonly<Record<string, readonly string[]>>): Graph {
  return Graph.from(Object.entries(tasks).map(([name, after]) => task(name, after)));
}

/** A graph whose tasks have policies: `{ b: { after: ["a"], retries: 2 } }`. */
export function policyGraph(
  tasks: Readonly<Record<string, PolicyOptions & { after?: readonly string[] }>>,
): Graph {
  return Graph.from(
    Object.entries(tasks).map(([name, { after = [], ...options }]) =>
      taskSpec({ name, after, tags: [], withState: true }, options)
    ),
  );
}

/** `t0 -> t1 -> …`, with numbers padded so that ids follow the chain. */
export function chainOf(length: number): Graph {
  return Graph.from(
    Array.from({ length }, (_, i) => task(padded(i), i === 0 ? [] : [padded(i - 1)])),
  );
}

/** Tasks without dependencies. */
export function independent(count: number): Graph {
  return Graph.from(Array.from({ length: count }, (_, i) => task(padded(i))));
}

/** Layers of tasks; each task depends on two of the previous layer. */
export function layered(layers: number, width: number): Graph {
  const at = (layer: number, i: number) => padded(layer * width + (i % width));
  const specs: TaskSpec[] = [];
  for (let layer = 0; layer < layers; layer++) {
    for (let i = 0; i < width; i++) {
      const after = layer === 0 ? [] : [at(layer - 1, i), at(layer - 1, i + 1)];
      specs.push(task(at(layer, i), after));
    }
  }
  return Graph.from(specs);
}

function padded(number: number): string {
  return `t${String(number).padStart(6, "0")}`;
}
