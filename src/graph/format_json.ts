/** The format `--graph=json`, for programs: `tdrun module.ts --graph=json | jq -r '.roots[]'`. */
import { escapeJson } from "../base/text_format.ts";
import type { TaskPolicy, When } from "../task/policy.ts";
import type { Graph } from "./graph.ts";
import { graphMetrics } from "./graph_metrics.ts";

/**
 * The JSON of a graph, with tasks identified by name. Fields may be added; an incompatible change
 * increments `schema`.
 */
export interface GraphJson {
  readonly schema: 1;
  /** Number of edges. */
  readonly edges: number;
  /** The tasks, sorted by name. */
  readonly tasks: readonly {
    readonly name: string;
    /** `"resource"` for a resource; absent for a task. */
    readonly kind?: "resource";
    /** Names of its dependencies. */
    readonly after: readonly string[];
    /** Names of its dependents. */
    readonly dependents: readonly string[];
    readonly tags: readonly string[];
    /** Number of edges on the longest path to the task; 0 for a root. */
    readonly level: number;
    /** The condition under which the task runs, unless it is `"passed"`. */
    readonly when?: When;
    /** Names of the mutexes that the task holds; absent for none. */
    readonly mutex?: readonly string[];
    /** Number of tokens that the task holds, by name; absent for none. */
    readonly tokens?: Readonly<Record<string, number>>;
    /** Number of threads that the task counts for, unless it is 1. */
    readonly weight?: number;
  }[];
  /** Tasks without dependencies. */
  readonly roots: readonly string[];
  /** Tasks without dependents. */
  readonly leaves: readonly string[];
  /** The tasks of each level. */
  readonly levels: readonly (readonly string[])[];
  /** Some of the longest chains, each from root to leaf. */
  readonly longestChains: readonly (readonly string[])[];
}

/** The part of a policy that decides when a task may run beside others. */
function policyFields({ when = "passed", mutex = [], tokens = [], weight = 1 }: TaskPolicy) {
  return {
    ...when !== "passed" && { when },
    ...mutex.length > 0 && { mutex },
    ...tokens.length > 0 && { tokens: Object.fromEntries(tokens) },
    ...weight !== 1 && { weight },
  };
}

/** Formats a graph as {@linkcode GraphJson}. */
export function formatJson(graph: Graph): string {
  const names = (ids: Iterable<number>) => Array.from(ids, (id) => graph.names[id]!);
  const { roots, leaves, levelOf, levels, longestChains } = graphMetrics(graph);
  const json: GraphJson = {
    schema: 1,
    edges: graph.edgeCount,
    tasks: graph.tasks.map(({ name, tags, kind, policy = {} }, id) => ({
      name,
      ...(kind === "resource" ? { kind } : {}),
      after: names(graph.dependenciesOf(id).toSorted()),
      dependents: names(graph.dependentsOf(id)),
      tags,
      level: levelOf[id]!,
      ...policyFields(policy),
    })),
    roots: names(roots),
    leaves: names(leaves),
    levels: levels.map(names),
    longestChains: longestChains.map(names),
  };
  return escapeJson(JSON.stringify(json, null, 2));
}
