/** Metrics of a graph: roots, leaves, levels, longest chains, fan-in and fan-out. */
import type { Graph } from "./graph.ts";
import { topologicalOrder } from "./topological_order.ts";

/** The metrics of a graph. Lists hold task ids, in id order. */
export interface GraphMetrics {
  /** Tasks without dependencies. */
  readonly roots: readonly number[];
  /** Tasks without dependents. */
  readonly leaves: readonly number[];
  /** The level of each task by id: the number of edges on the longest path to it. */
  readonly levelOf: Int32Array;
  /** Tasks by level: all dependencies of a task are on lower levels. */
  readonly levels: readonly (readonly number[])[];
  /** Number of edges of the longest chain. */
  readonly longestChainEdges: number;
  /** Up to three longest chains, one per last task, each from root to leaf. */
  readonly longestChains: readonly (readonly number[])[];
  /** Tasks with at least two dependencies. */
  readonly highFanIn: readonly number[];
  /** Tasks with at least two dependents. */
  readonly highFanOut: readonly number[];
}

/** Computes the metrics of a graph, in time linear in its tasks and edges. */
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

/** Maximum number of chains, to keep the output short. */
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

/**
 * Returns a longest chain to a task, with one task per level; of several candidates, the one with
 * the lowest id.
 */
function chainTo(end: number, graph: Graph, levelOf: Int32Array): number[] {
  const chain = [end];
  for (let level = levelOf[end]! - 1; level >= 0; level--) {
    const before = graph.dependenciesOf(chain.at(-1)!).filter((id) => levelOf[id] === level);
    chain.push(before.sort()[0]!);
  }
  return chain.reverse();
}
