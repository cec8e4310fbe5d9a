/**
 * The text of `--graph`, byte for byte. The goldens in tests/golden/graph hold what the original
 * prints for the graph beside them, with a line break at the end.
 */
import { assertEquals, assertGreater, assertThrows } from "@std/assert";
import fc from "fast-check";
import { formatGraph } from "../../src/graph/format_graph.ts";
import { Graph } from "../../src/graph/graph.ts";
import { graphMetrics } from "../../src/graph/graph_metrics.ts";
import { chainOf, graphOf, independent } from "../support/graphs.ts";
import { randomDag } from "../support/random_dag.ts";

const FOLDER = new URL("../golden/graph/", import.meta.url);
const names = [...Deno.readDirSync(FOLDER)].map((file) => file.name)
  .filter((name) => name.endsWith(".json")).map((name) => name.slice(0, -".json".length)).sort();

for (const name of names) {
  Deno.test(`formatGraph() prints the graph ${name} as the original does`, () => {
    const tasks = JSON.parse(Deno.readTextFileSync(new URL(`${name}.json`, FOLDER)));
    const golden = Deno.readTextFileSync(new URL(`${name}.txt`, FOLDER));
    assertEquals(`${formatGraph(graphOf(tasks))}\n`, golden);
  });
}

Deno.test("formatGraph() has golden files to compare with", () => {
  assertGreater(names.length, 8);
});

Deno.test("formatGraph() prints one edge when a dependency is named twice", () => {
  assertEquals(
    formatGraph(graphOf({ a: [], b: ["a", "a"] })),
    formatGraph(graphOf({ a: [], b: ["a"] })),
  );
});

Deno.test("formatGraph() does not depend on the order of declaration", () => {
  fc.assert(fc.property(randomDag(), (dag) => {
    const sorted = [...dag.specs].sort((a, b) => a.name < b.name ? -1 : 1);
    assertEquals(formatGraph(Graph.from(dag.specs)), formatGraph(Graph.from(sorted)));
  }));
});

Deno.test("graphMetrics() puts every task in one level, after its dependencies", () => {
  fc.assert(fc.property(randomDag(), (dag) => {
    const graph = Graph.from(dag.specs);
    const { levels, longestChainEdges, longestChains } = graphMetrics(graph);
    const levelOf = new Map(levels.flatMap((level, i) => level.map((id) => [id, i])));
    assertEquals(levelOf.size, graph.size);
    for (let id = 0; id < graph.size; id++) {
      const before = [...graph.dependenciesOf(id)].map((other) => levelOf.get(other)!);
      assertEquals(levelOf.get(id), before.length === 0 ? 0 : Math.max(...before) + 1);
    }
    assertEquals(longestChainEdges, Math.max(0, levels.length - 1));
    for (const chain of longestChains) {
      assertEquals(chain.length, longestChainEdges + 1);
      for (const [i, id] of chain.slice(1).entries()) {
        assertEquals(graph.dependenciesOf(id).includes(chain[i]!), true);
      }
    }
  }));
});

Deno.test("formatGraph() formats 100,000 tasks, in a chain and without edges", () => {
  assertEquals(formatGraph(chainOf(100_000)).startsWith("Graph: 100000 nodes, 99999 edges"), true);
  assertEquals(formatGraph(independent(100_000)).includes("Levels: 1\n"), true);
});

Deno.test("formatGraph() throws an error that lists the formats when the format is unknown", () => {
  const message =
    'Cannot format a graph as "png": expected one of text, tree, svg, dot, mermaid, json, levels';
  assertThrows(() => formatGraph(graphOf({}), "png" as never), TypeError, message);
});
