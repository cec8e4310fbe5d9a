/** A graph as text, in each of the formats of `--graph`. */
import { formatDot } from "./format_dot.ts";
import { formatJson } from "./format_json.ts";
import { formatLevels } from "./format_levels.ts";
import { formatMermaid } from "./format_mermaid.ts";
import { formatText } from "./format_text.ts";
import type { Graph } from "./graph.ts";
import type { GraphFormat } from "./graph_format.ts";

const FORMATS: Readonly<Record<GraphFormat, (graph: Graph) => string>> = {
  text: formatText,
  dot: formatDot,
  mermaid: formatMermaid,
  json: formatJson,
  levels: formatLevels,
};

/**
 * Describes a graph, without a line break at the end.
 *
 * ```ts
 * import { formatGraph, Graph } from "@thread-order/cli";
 *
 * const tasks = [{ name: "a", after: [], tags: [], withState: true }];
 * formatGraph(Graph.from(tasks)).startsWith("Graph: 1 nodes, 0 edges");
 * formatGraph(Graph.from(tasks), "mermaid").startsWith("flowchart LR");
 * ```
 *
 * @param format By default `text`.
 * @throws {TypeError} when there is no such format.
 */
export function formatGraph(graph: Graph, format: GraphFormat = "text"): string {
  if (!Object.hasOwn(FORMATS, format)) {
    const expected = Object.keys(FORMATS).join(", ");
    throw new TypeError(
      `Cannot write a graph as ${Deno.inspect(format)}: it is one of ${expected}`,
    );
  }
  return FORMATS[format](graph);
}
