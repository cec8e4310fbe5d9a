/** `--graph`, `--list` and `--dry-run`: actions that load the module and run no task. */
import { unreachable } from "../../base/assert.ts";
import { onOneLine } from "../../base/text_format.ts";
import { formatGraph } from "../../graph/format_graph.ts";
import { withoutResources } from "../../graph/resources.ts";
import type { Graph } from "../../graph/graph.ts";
import { type Style, styleFor } from "../../report/style.ts";
import { alignRemarks } from "./align_remarks.ts";
import { dryRun } from "./dry_run.ts";
import type { System } from "../system/system.ts";
import type { Action, Request } from "../args/request.ts";

/** Returns the output of an action that runs no task, without a final line break. */
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
      // A list of what can be run by name: a resource cannot.
      return isOutTerminal
        ? listWithTags(withoutResources(graph), style)
        : list(withoutResources(graph));
    case "dry-run":
      return dryRun(request, graph, style);
    default:
      return unreachable(action);
  }
}

/** Lists one task a line, sorted by name, for programs: names are unescaped but for line breaks. */
function list({ names }: Graph): string {
  return names.map(onOneLine).join("\n");
}

/** Lists the tasks with their tags, for a terminal. */
function listWithTags({ tasks }: Graph, style: Style): string {
  const names = tasks.map(({ name }) => onOneLine(name));
  return alignRemarks(names, (id) => onOneLine(tasks[id]!.tags.join(", ")), style).join("\n");
}
