/**
 * The format of `--graph` and `--graph=text`: byte for byte what the Python original prints, except
 * that control characters in names, which Python does not allow, are escaped.
 */
import { onOneLine } from "../base/text_format.ts";
import type { Graph } from "./graph.ts";
import { isTask, withoutResources } from "./resources.ts";
import { type GraphMetrics, graphMetrics } from "./graph_metrics.ts";

/**
 * Formats a graph for people. Ids are task ids: indexes of the sorted names. Resources, which the
 * original does not have, are listed below, and count in no figure.
 */
export function formatText(graph: Graph): string {
  const resources = graph.tasks.filter((it) => !isTask(it));
  const text = formatTasks(withoutResources(graph));
  if (resources.length === 0) return text;
  const lines = resources.map(({ name }) => {
    const users = graph.tasks.filter(({ use }) => use?.includes(name));
    return `  ${onOneLine(name)}: used by ${users.map((it) => onOneLine(it.name)).join(", ")}`;
  });
  return [text, "", "Resources:", ...lines].join("\n");
}

function formatTasks(graph: Graph): string {
  if (graph.size === 0) return "Graph: 0 nodes, 0 edges";
  const measures = graphMetrics(graph);
  return [
    `Graph: ${graph.size} nodes, ${graph.edgeCount} edges`,
    `Roots: ${idList(measures.roots)}`,
    `Leaves: ${idList(measures.leaves)}`,
    `Levels: ${measures.levels.length}`,
    "",
    "Nodes:",
    ...graph.names.map((name, id) => `  [${id}] ${onOneLine(name)}`),
    "",
    "Edges:",
    ...graph.tasks.map((_, id) => `  [${id}] -> ${idList(graph.dependentsOf(id)) || "(none)"}`),
    "",
    ...formatStats(graph, measures),
  ].join("\n");
}

function formatStats(graph: Graph, measures: GraphMetrics): string[] {
  const name = (id: number) => onOneLine(graph.names[id]!);
  const lines = [
    "Stats:",
    `  Longest chain length (edges): ${measures.longestChainEdges}`,
    "  Longest chains:",
    ...measures.longestChains.map((chain) => `    ${chain.map(name).join(" -> ")}`),
  ];
  if (measures.highFanIn.length > 0) {
    lines.push("  High fan-in nodes (many dependencies):");
    for (const id of measures.highFanIn) {
      lines.push(`    ${name(id)} (indegree=${graph.dependenciesOf(id).length})`);
    }
  }
  if (measures.highFanOut.length > 0) {
    lines.push("  High fan-out nodes (many dependents):");
    for (const id of measures.highFanOut) {
      lines.push(`    ${name(id)} (children=${graph.dependentsOf(id).length})`);
    }
  }
  return lines;
}

function idList(ids: Iterable<number>): string {
  return Array.from(ids, (id) => `[${id}]`).join(", ");
}
