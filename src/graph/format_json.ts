/** `--graph=json`: for programs, as in `tdrun module.ts --graph=json | jq -r '.roots[]'`. */
import { escapeJson } from "../base/text_format.ts";
import type { Graph } from "./graph.ts";
import { graphMetrics } from "./graph_metrics.ts";

/**
 * What the text holds. Tasks are called by their names everywhere. New fields may come; a change of
 * those there are would change `schema`.
 */
export interface GraphJson {
  readonly schema: 1;
  /** How many edges there are. */
  readonly edges: number;
  /** In the order of their names. */
  readonly tasks: readonly {
    readonly name: string;
    /** What it comes after. */
    readonly after: readonly string[];
    /** What comes after it. */
    readonly dependents: readonly string[];
    readonly tags: readonly string[];
    /** The edges on the longest way to it; 0 for a root. */
    readonly level: number;
  }[];
  /** Tasks that wait for nobody. */
  readonly roots: readonly string[];
  /** Tasks nobody waits for. */
  readonly leaves: readonly string[];
  /** The tasks of each level. */
  readonly levels: readonly (readonly string[])[];
  /** Some of the longest chains, each from its root to its end. */
  readonly longestChains: readonly (readonly string[])[];
}

/** Writes a graph as a {@linkcode GraphJson}. */
export function formatJson(graph: Graph): string {
  const names = (ids: Iterable<number>) => Array.from(ids, (id) => graph.names[id]!);
  const { roots, leaves, levelOf, levels, longestChains } = graphMetrics(graph);
  const json: GraphJson = {
    schema: 1,
    edges: graph.edgeCount,
    tasks: graph.tasks.map(({ name, tags }, id) => ({
      name,
      after: names(graph.dependenciesOf(id).toSorted()),
      dependents: names(graph.dependentsOf(id)),
      tags,
      level: levelOf[id]!,
    })),
    roots: names(roots),
    leaves: names(leaves),
    levels: levels.map(names),
    longestChains: longestChains.map(names),
  };
  return escapeJson(JSON.stringify(json, null, 2));
}
