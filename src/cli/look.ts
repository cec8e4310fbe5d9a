/** What is printed instead of a run: of the module nothing but its top level has run. */
import { unreachable } from "../base/assert.ts";
import { onOneLine } from "../base/text.ts";
import { formatGraph } from "../graph/format.ts";
import type { Graph } from "../graph/graph.ts";
import { colorStyle, plainStyle } from "../report/style.ts";
import { dryRun } from "./dry_run.ts";
import type { Action, Request } from "./request.ts";

/**
 * The text of an action that runs nothing, without a line break at the end.
 *
 * @param isColored Whether somebody reads it on a terminal, rather than a program.
 */
export function look(
  action: Exclude<Action, { type: "run" }>,
  request: Request,
  graph: Graph,
  isColored: boolean,
): string {
  switch (action.type) {
    case "graph":
      return formatGraph(graph, action.format);
    case "list":
      return list(graph, isColored);
    case "dry-run":
      return dryRun(request, graph, isColored ? colorStyle() : plainStyle);
    default:
      return unreachable(action);
  }
}

/**
 * A task a line, in the order of the names, as `--graph` has them. A program gets the names alone,
 * whatever they hold but line breaks; somebody at a terminal sees the tags behind them.
 */
function list({ tasks }: Graph, isColored: boolean): string {
  return tasks.map(({ name, tags }) => {
    const shown = onOneLine(name);
    if (!isColored || tags.length === 0) return shown;
    return `${shown}  ${colorStyle().dim(onOneLine(tags.join(", ")))}`;
  }).join("\n");
}
