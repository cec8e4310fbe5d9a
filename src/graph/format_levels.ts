/** `--graph=levels`: a line for each level, whose tasks may all run at once. */
import { onOneLine } from "../base/text_format.ts";
import type { Graph } from "./graph.ts";
import { graphMetrics } from "./graph_metrics.ts";

/** Writes the levels of a graph. A line is not wrapped: it is for `wc`, `grep` and wide screens. */
export function formatLevels(graph: Graph): string {
  const { levels } = graphMetrics(graph);
  return levels.map((ids, level) => {
    return `Level ${level}: ${ids.map((id) => onOneLine(graph.names[id]!)).join(", ")}`;
  }).join("\n");
}
