/** shardsOf(): properties over random graphs, and balance. */
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { Graph } from "../../src/graph/graph.ts";
import { shardsOf } from "../../src/graph/shards_of.ts";
import type { TaskSpec } from "../../src/task/task.ts";
import { task } from "../support/graphs.ts";
import { randomDag } from "../support/random_dag.ts";

const problems = randomDag(30).chain(({ specs }) =>
  fc.record({
    specs: fc.subarray(specs.map(({ name }) => name), { maxLength: Math.min(5, specs.length) }).map(
      (handlers) =>
        specs.map((it): TaskSpec =>
          handlers.includes(it.name) && it.after.length > 0
            ? { ...it, policy: { when: "always" } }
            : it
        ),
    ),
    count: fc.integer({ min: 1, max: 6 }),
    weights: fc.array(fc.nat(100), { minLength: 30, maxLength: 30 }),
  })
);

Deno.test("shardsOf() covers the graph with shards that have their dependencies", () => {
  fc.assert(fc.property(problems, ({ specs, count, weights }) => {
    const graph = Graph.from(specs);
    const shards = shardsOf(graph, count, (id) => weights[id]!);
    assertEquals(shards.length, count);
    assertEquals(new Set(shards.flat()), new Set(graph.names.keys()));
    assertEquals(shardsOf(Graph.from(specs.toReversed()), count, (id) => weights[id]!), shards);
    for (const shard of shards) {
      assertEquals(shard, [...new Set(shard)].sort((a, b) => a - b));
      for (const id of shard) {
        if (graph.tasks[id]!.policy !== undefined) continue;
        for (const dependency of graph.dependenciesOf(id)) assert(shard.includes(dependency));
      }
    }
  }));
});

Deno.test("shardsOf() runs a cleanup task where one of its dependencies runs", () => {
  const cleanup: TaskSpec = { ...task("cleanup", ["a", "b"]), policy: { when: "always" } };
  const graph = Graph.from([task("a"), task("b"), task("c"), cleanup]);
  const names = shardsOf(graph, 3, () => 1).map((ids) => ids.map((id) => graph.names[id]));
  assertEquals(names, [["a", "cleanup"], ["b", "cleanup"], ["c"]]);
});

Deno.test("shardsOf() balances weights, and keeps small components whole", () => {
  const specs = Array.from({ length: 20 }, (_, i) => [task(`a${i}`), task(`b${i}`, [`a${i}`])]);
  const graph = Graph.from(specs.flat());
  const shards = shardsOf(graph, 4, () => 1);
  assertEquals(shards.map(({ length }) => length), [10, 10, 10, 10]);
  const heavy = graph.idOf("b7")!;
  const weighted = shardsOf(graph, 4, (id) => id === heavy ? 13 : 1);
  const sizes = weighted.map((ids) => ids.reduce((sum, id) => sum + (id === heavy ? 13 : 1), 0));
  assertEquals(sizes.toSorted(), [12, 12, 14, 14]);
  assertEquals(weighted.flat().length, graph.size);
});

Deno.test("shardsOf() splits a large component, repeating what its parts share", () => {
  const leaves = Array.from({ length: 9 }, (_, i) => task(`leaf${i}`, ["base"]));
  const graph = Graph.from([task("base"), ...leaves]);
  const shards = shardsOf(graph, 3, () => 1);
  assertEquals(shards.map(({ length }) => length), [4, 4, 4]);
  assertEquals(shardsOf(graph, 1, () => 1), [[...graph.names.keys()]]);
  assertEquals(shardsOf(Graph.from([task("a")]), 2, () => 1), [[0], []]);
});
