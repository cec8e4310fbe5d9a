/** What can be said of a graph: roots, leaves, levels, longest chains, hot spots. */
import type { Graph } from "./graph.ts";
import { inOrder } from "./order.ts";

/** The figures of a graph. Lists hold ids, in id order. */
export interface GraphMeasures {
  /** Tasks that wait for nobody. */
  readonly roots: readonly number[];
  /** Tasks nobody waits for. */
  readonly leaves: readonly number[];
  /** Tasks by level: all of a level's dependencies stand in levels before it. */
  readonly levels: readonly (readonly number[])[];
  /** The edges on the longest chain. */
  readonly longestChainEdges: number;
  /** A longest chain for each task that ends one, from root to end. */
  readonly longestChains: readonly (readonly number[])[];
  /** Tasks with two dependencies or more. */
  readonly highFanIn: readonly number[];
  /** Tasks with two dependents or more. */
  readonly highFanOut: readonly number[];
}

/** Measures a graph, in time linear in its tasks and edges. */
export function measure(graph: Graph): GraphMeasures {
  const ids = Array.from({ length: graph.size }, (_, id) => id);
  const fanIn = (id: number) => graph.dependenciesOf(id).length;
  const fanOut = (id: number) => graph.dependentsOf(id).length;
  const levels = levelsOf(graph);
  const { depth, previous } = longestPaths(graph, levels);
  const longest = depth.reduce((most, value) => Math.max(most, value), 0);
  const ends = longest === 0 ? ids.slice(0, 1) : ids.filter((id) => depth[id] === longest);
  return {
    roots: ids.filter((id) => fanIn(id) === 0),
    leaves: ids.filter((id) => fanOut(id) === 0),
    levels,
    longestChainEdges: longest,
    longestChains: ends.slice(0, CHAINS_MAX).map((end) => chainTo(end, previous)),
    highFanIn: ids.filter((id) => fanIn(id) >= 2),
    highFanOut: ids.filter((id) => fanOut(id) >= 2),
  };
}

/** More than a few chains are no longer read. */
const CHAINS_MAX = 3;

function levelsOf(graph: Graph): number[][] {
  const level = new Int32Array(graph.size);
  for (const id of inOrder(graph)) {
    for (const dependent of graph.dependentsOf(id)) {
      level[dependent] = Math.max(level[dependent]!, level[id]! + 1);
    }
  }
  const levels: number[][] = [];
  for (const [id, at] of level.entries()) (levels[at] ??= []).push(id);
  return levels;
}

/** For each task the edges from a root at most, and the dependency that such a path comes from. */
function longestPaths(
  graph: Graph,
  levels: readonly (readonly number[])[],
): { depth: Int32Array; previous: Int32Array } {
  const depth = new Int32Array(graph.size);
  const previous = new Int32Array(graph.size).fill(-1);
  for (const level of levels) {
    for (const id of level) {
      for (const dependent of graph.dependentsOf(id)) {
        if (depth[id]! + 1 <= depth[dependent]!) continue;
        depth[dependent] = depth[id]! + 1;
        previous[dependent] = id;
      }
    }
  }
  return { depth, previous };
}

function chainTo(end: number, previous: Int32Array): number[] {
  const chain = [];
  for (let id = end; id >= 0; id = previous[id]!) chain.push(id);
  return chain.reverse();
}
