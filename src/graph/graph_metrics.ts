/** What can be said of a graph: roots, leaves, levels, longest chains, hot spots. */
import type { Graph } from "./graph.ts";
import { topologicalOrder } from "./topological_order.ts";

/** The figures of a graph. Lists hold ids, in id order. */
export interface GraphMetrics {
  /** Tasks that wait for nobody. */
  readonly roots: readonly number[];
  /** Tasks nobody waits for. */
  readonly leaves: readonly number[];
  /** The level of each task, by id: the edges on the longest way to it. */
  readonly levelOf: Int32Array;
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
export function graphMetrics(graph: Graph): GraphMetrics {
  const ids = Array.from({ length: graph.size }, (_, id) => id);
  const fanIn = (id: number) => graph.dependenciesOf(id).length;
  const fanOut = (id: number) => graph.dependentsOf(id).length;
  const levelOf = levelsOf(graph);
  const levels: number[][] = [];
  for (const [id, at] of levelOf.entries()) (levels[at] ??= []).push(id);
  const longest = Math.max(0, levels.length - 1);
  const ends = levels[longest]?.slice(0, longest === 0 ? 1 : CHAINS_MAX) ?? [];
  return {
    roots: ids.filter((id) => fanIn(id) === 0),
    leaves: ids.filter((id) => fanOut(id) === 0),
    levelOf,
    levels,
    longestChainEdges: longest,
    longestChains: ends.map((end) => chainTo(end, graph, levelOf)),
    highFanIn: ids.filter((id) => fanIn(id) >= 2),
    highFanOut: ids.filter((id) => fanOut(id) >= 2),
  };
}

/** More than a few chains are no longer read. */
const CHAINS_MAX = 3;

function levelsOf(graph: Graph): Int32Array {
  const levels = new Int32Array(graph.size);
  for (const id of topologicalOrder(graph)) {
    for (const dependent of graph.dependentsOf(id)) {
      levels[dependent] = Math.max(levels[dependent]!, levels[id]! + 1);
    }
  }
  return levels;
}

/** A longest chain to a task: one of each level. Of those that may be next to it, the first by id. */
function chainTo(end: number, graph: Graph, levelOf: Int32Array): number[] {
  const chain = [end];
  for (let level = levelOf[end]! - 1; level >= 0; level--) {
    const before = graph.dependenciesOf(chain.at(-1)!).filter((id) => levelOf[id] === level);
    chain.push(before.sort()[0]!);
  }
  return chain.reverse();
}
