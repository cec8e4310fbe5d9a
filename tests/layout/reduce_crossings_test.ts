/** Crossing reduction, compared with a count of all pairs of lines. */
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { Graph } from "../../src/graph/graph.ts";
import { insertBends, type LayeredGraph } from "../../src/layout/insert_bends.ts";
import { levelsOf, type TaskEdges } from "../../src/layout/levels.ts";
import { countCrossings, reduceCrossings } from "../../src/layout/reduce_crossings.ts";
import { randomDag } from "../support/random_dag.ts";

function layeredGraph(tasks: readonly TaskEdges[], bendsMax = 1_000): LayeredGraph {
  return insertBends(tasks, levelsOf(tasks), bendsMax);
}

const randomGraph = randomDag().map(({ specs }) => {
  const graph = Graph.from(specs);
  return layeredGraph(graph.tasks.map((_, id) => ({ after: [...graph.dependenciesOf(id)] })));
});

function placesOf(layers: readonly (readonly number[])[], size: number): Int32Array {
  const place = new Int32Array(size);
  for (const layer of layers) for (const [i, node] of layer.entries()) place[node] = i;
  return place;
}

/** Number of crossings, by comparing all pairs of lines between two layers. */
function crossingsOf({ before }: LayeredGraph, layers: readonly (readonly number[])[]): number {
  const place = placesOf(layers, before.length);
  let count = 0;
  for (const layer of layers) {
    const lines = layer.flatMap((node) => before[node]!.map((it) => [place[it]!, place[node]!]));
    for (const [i, [from, to]] of lines.entries()) {
      for (const [otherFrom, otherTo] of lines.slice(i + 1)) {
        if ((from! - otherFrom!) * (to! - otherTo!) < 0) count++;
      }
    }
  }
  return count;
}

Deno.test("insertBends() gives each line a node in each layer that it passes", () => {
  fc.assert(fc.property(randomGraph, ({ before, layers, origins, taskCount }) => {
    const layerOf = new Map(layers.flatMap((layer, i) => layer.map((node) => [node, i])));
    for (const [node, nodes] of before.entries()) {
      for (const it of nodes) assertEquals(layerOf.get(node), layerOf.get(it)! + 1);
      if (node >= taskCount) assertEquals(nodes.map((it) => origins[it]), [origins[node]!]);
    }
  }));
});

Deno.test("insertBends() inserts none when there would be too many", () => {
  const tasks = [[], [0], [1], [2, 0]].map((after) => ({ after }));
  assertEquals(layeredGraph(tasks).before.length, 6);
  assertEquals(layeredGraph(tasks, 1).before, tasks.map(({ after }) => after));
});

Deno.test("countCrossings() counts the same as a comparison of all pairs", () => {
  fc.assert(fc.property(randomGraph, (graph) => {
    const { layers, before } = graph;
    const place = placesOf(layers, before.length);
    const count = layers.reduce(
      (sum, layer, i) =>
        i === 0 ? 0 : sum + countCrossings(layer, before, place, layers[i - 1]!.length),
      0,
    );
    assertEquals(count, crossingsOf(graph, layers));
  }));
});

Deno.test("reduceCrossings() keeps the nodes of each layer, and adds no crossings", () => {
  fc.assert(fc.property(randomGraph, (graph) => {
    const layers = reduceCrossings(graph);
    const sorted = (all: readonly (readonly number[])[]) =>
      all.map((layer) => layer.toSorted((a, b) => a - b));
    assertEquals(sorted(layers), sorted(graph.layers));
    assert(crossingsOf(graph, layers) <= crossingsOf(graph, graph.layers));
    assertEquals(reduceCrossings(graph), layers);
  }));
});

Deno.test("reduceCrossings() removes crossings of lines without bends", () => {
  // Six tasks, two tasks, and six tasks in the reverse order of the first.
  const last = Array.from({ length: 6 }, (_, i) => [5 - i, i < 3 ? 7 : 6]);
  const after = [[], [], [], [], [], [], [0], [5], ...last];
  const graph = layeredGraph(after.map((ids) => ({ after: ids })), 0);
  assertEquals(graph.before.length, after.length);
  const [before, found] = [graph.layers, reduceCrossings(graph)].map((it) =>
    crossingsOf(graph, it)
  );
  assert(found! * 2 < before!, `${found} of ${before}`);
});

Deno.test("reduceCrossings() draws chains and trees without crossings", () => {
  // Three chains whose tasks are shuffled in each layer, and a binary tree with shuffled leaves.
  const chains = [[], [], [], [2], [0], [1], [4], [5], [3]];
  const tree = [[], [0], [0], [1], [2], [1], [2], [3], [4], [5], [6], [3], [4], [5], [6]];
  for (const after of [chains, tree]) {
    const graph = layeredGraph(after.map((ids) => ({ after: ids })));
    assertEquals(crossingsOf(graph, reduceCrossings(graph)), 0);
  }
});

Deno.test("reduceCrossings() removes four fifths of the crossings of a shuffled grid", () => {
  // Each task depends on two neighbors of the layer before; the ids of a layer are shuffled.
  const [width, layers] = [15, 8];
  const place = (level: number, i: number) => level * width + (i * 4 + level * 2) % width;
  const after: number[][] = Array.from({ length: width * layers }, () => []);
  for (let level = 1; level < layers; level++) {
    for (let i = 0; i < width; i++) {
      const ids = [i, i + 1].filter((it) => it < width).map((it) => place(level - 1, it));
      after[place(level, i)] = ids;
    }
  }
  const graph = layeredGraph(after.map((ids) => ({ after: ids })));
  const [before, found] = [
    crossingsOf(graph, graph.layers),
    crossingsOf(graph, reduceCrossings(graph)),
  ];
  assert(found * 5 <= before, `${found} of ${before}`);
});
