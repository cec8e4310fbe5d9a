/** `--graph`, `--list` and `--dry-run`: actions that load the module and run no task. */
import { unreachable } from "../../base/assert.ts";
import { onOneLine } from "../../base/text_format.ts";
import { formatGraph } from "../../graph/format_graph.ts";
import { withoutResources } from "../../graph/resources.ts";
import type { Graph } from "../../graph/graph.ts";
import { type Style, styleFor } from "../../report/style.ts";
import { supportsUnicode } from "../../report/terminal_support.ts";
import { wrapLine } from "../../report/wrap_line.ts";
import type { TaskSpec } from "../../task/task.ts";
import { alignRemarks } from "./align_remarks.ts";
import { dryRun } from "./dry_run.ts";
import type { System } from "../system/system.ts";
import type { Action, Request } from "../args/request.ts";

/** The parts of the system that describe the standard output. */
type OutSystem =
  & Pick<System, "isOutColored" | "isOutTerminal" | "env">
  & Partial<Pick<System, "terminal">>;

/** Returns the output of an action that runs no task, without a final line break. */
export function printAction(
  action: Exclude<Action, { type: "run" }>,
  request: Request,
  graph: Graph,
  { isOutColored, isOutTerminal, terminal, env }: OutSystem,
): string {
  const style = styleFor(isOutColored);
  switch (action.type) {
    case "graph":
      return formatGraph(graph, action.format, {
        charset: supportsUnicode(env) ? "utf8" : "ascii",
      });
    case "list":
      if (action.format === "tags") return listOfTags(withoutResources(graph));
      // A list of what can be run by name: a resource cannot.
      return isOutTerminal
        ? listWithTags(withoutResources(graph), style)
        : list(withoutResources(graph));
    case "dry-run":
      return wrapLines(
        dryRun(request, graph, style),
        isOutTerminal ? terminal?.size().columns : undefined,
      );
    default:
      return unreachable(action);
  }
}

function wrapLines(text: string, columns: number | undefined): string {
  if (columns === undefined) return text;
  return text.split("\n").map((line) => wrapLine(line, columns)).join("\n");
}

/** Lists one task a line, sorted by name, for programs: names are unescaped but for line breaks. */
function list({ names }: Graph): string {
  return names.map(onOneLine).join("\n");
}

/** Lists the distinct tags, one a line, sorted. */
function listOfTags({ tasks }: Graph): string {
  return [...new Set(tasks.flatMap(({ tags }) => tags))].map(onOneLine).toSorted().join("\n");
}

/** Lists the tasks with their tags, and whether they are cached, for a terminal. */
function listWithTags({ tasks }: Graph, style: Style): string {
  const names = tasks.map(({ name }) => onOneLine(name));
  const remarkOf = ({ tags, cache }: TaskSpec) =>
    onOneLine([...tags, ...(cache === undefined ? [] : ["(cached)"])].join(", "));
  return alignRemarks(names, (id) => remarkOf(tasks[id]!), style).join("\n");
}
