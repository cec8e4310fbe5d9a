/** What is printed instead of a run: of the module nothing but its top level has run. */
import { unreachable } from "../../base/assert.ts";
import { onOneLine } from "../../base/text_format.ts";
import { formatGraph } from "../../graph/format_graph.ts";
import type { Graph } from "../../graph/graph.ts";
import { type Style, styleFor } from "../../report/style.ts";
import { alignRemarks } from "./align_remarks.ts";
import { dryRun } from "./dry_run.ts";
import type { System } from "../system/system.ts";
import type { Action, Request } from "../args/request.ts";

/** The text of an action that runs nothing, without a line break at the end. */
export function printAction(
  action: Exclude<Action, { type: "run" }>,
  request: Request,
  graph: Graph,
  { isOutColored, isOutTerminal }: Pick<System, "isOutColored" | "isOutTerminal">,
): string {
  const style = styleFor(isOutColored);
  switch (action.type) {
    case "graph":
      return formatGraph(graph, action.format);
    case "list":
      return isOutTerminal ? listWithTags(graph, style) : list(graph);
    case "dry-run":
      return dryRun(request, graph, style);
    default:
      return unreachable(action);
  }
}

/**
 * A task a line, in the order of the names, as `--graph` has them: what a program wants, whatever the
 * names hold but line breaks.
 */
function list({ names }: Graph): string {
  return names.map(onOneLine).join("\n");
}

/** The same for whoever looks at it. */
function listWithTags({ tasks }: Graph, style: Style): string {
  const names = tasks.map(({ name }) => onOneLine(name));
  return alignRemarks(names, (id) => onOneLine(tasks[id]!.tags.join(", ")), style).join("\n");
}
