/** Formats a graph as text, in each format of `--graph`. */
import { formatJson } from "./format_json.ts";
import { formatSvg } from "./format_svg.ts";
import { formatText } from "./format_text.ts";
import { formatTree } from "./format_tree.ts";
import type { Graph } from "./graph.ts";
import type { GraphFormat } from "./graph_format.ts";
import { onOneLine } from "../base/text_format.ts";
import { isTask } from "./resources.ts";
import { graphMetrics } from "./graph_metrics.ts";

/** Options of {@linkcode formatGraph}. */
export interface GraphFormatOptions {
  /** The characters of `"tree"`: box-drawing characters by default, or `"ascii"`. */
  readonly charset?: "utf8" | "ascii";
}

type Formatter = (graph: Graph, options: GraphFormatOptions) => string;

const FORMATS: Readonly<Record<GraphFormat, Formatter>> = {
  text: formatText,
  tree: (graph, { charset = "utf8" }) => formatTree(graph, charset),
  svg: formatSvg,
  dot: formatDot,
  mermaid: formatMermaid,
  json: formatJson,
  levels: formatLevels,
};

/**
 * Formats a graph as text, in a format of `--graph`.
 *
 * ```ts
 * import { formatGraph, Graph } from "@thread-order/cli";
 *
 * const graph = Graph.from([
 *   { name: "load", after: [], tags: [], withState: true },
 *   { name: "double", after: ["load"], tags: [], withState: true },
 * ]);
 * console.log(formatGraph(graph, "levels")); // Level 0: load, Level 1: double
 * ```
 *
 * @param graph The graph.
 * @param format The format; `"text"` by default.
 * @param options The characters of a tree.
 * @returns The lines, without a line break at the end.
 * @throws {TypeError} when the format is unknown.
 */
export function formatGraph(
  graph: Graph,
  format: GraphFormat = "text",
  options: GraphFormatOptions = {},
): string {
  if (!Object.hasOwn(FORMATS, format)) {
    const expected = Object.keys(FORMATS).join(", ");
    throw new TypeError(
      `Cannot format a graph as ${Deno.inspect(format)}: expected one of ${expected}`,
    );
  }
  return FORMATS[format](graph, options);
}

/**
 * Formats a graph in DOT, the language of Graphviz. Nodes are named by task ids, since DOT reserves
 * some names (`%1`) and keywords; a task's tags are its tooltip. All letters of the font have one
 * width: without fonts, Graphviz assumes that of the named one, and names in another would exceed
 * their boxes.
 */
function formatDot(graph: Graph): string {
  return [
    "digraph tasks {",
    "  rankdir=LR",
    '  node [shape=box, style=rounded, fontname="Courier", fontsize=12, margin="0.2,0.1"]',
    ...graph.tasks.map((task, id) => {
      const shape = isTask(task) ? "" : ", shape=cylinder";
      return `  n${id} [label=${quoted(task.name)}${shape}${tooltip(task.tags)}]`;
    }),
    ...graph.tasks.flatMap((_, id) =>
      Array.from(graph.dependentsOf(id), (dependent) => `  n${id} -> n${dependent}`)
    ),
    "}",
  ].join("\n");
}

function tooltip(tags: readonly string[]): string {
  return tags.length === 0 ? "" : `, tooltip=${quoted(`tags: ${tags.join(", ")}`)}`;
}

const ESCAPES: Readonly<Record<string, string>> = {
  '"': '\\"',
  "\\": "\\\\",
  "&": "&amp;", // or "&lt;" in a name would be shown as "<"
  "\n": "\\n",
  "\r": "\\r",
};

/**
 * Replaces characters that end a string (`\0`), are invalid in Graphviz's XML output, or control a
 * terminal.
 */
const UNSEEN = "\ufffd";

// deno-lint-ignore no-control-regex -- they are what is looked for
const SIGNS = /["\\&\0-\x08\n-\x1f\x7f-\x9f]/g;

function quoted(text: string): string {
  return `"${text.replace(SIGNS, (letter) => ESCAPES[letter] ?? UNSEEN)}"`;
}

/**
 * Formats the levels of a graph, one per line. Lines are not wrapped: they are for `wc`, `grep` and
 * wide screens.
 */
function formatLevels(graph: Graph): string {
  const { levels } = graphMetrics(graph);
  return levels.map((ids, level) => {
    const names = ids.map((id) => {
      return onOneLine(graph.names[id]!) + (isTask(graph.tasks[id]!) ? "" : " (resource)");
    });
    return `Level ${level}: ${names.join(", ")}`;
  }).join("\n");
}

/** Formats a graph as a Mermaid flowchart, for a "```mermaid" block of Markdown. */
function formatMermaid(graph: Graph): string {
  return [
    "flowchart LR",
    ...graph.tasks.map((task, id) => {
      const [open, close] = isTask(task) ? ["[", "]"] : ["[(", ")]"];
      return `  n${id}${open}"${escaped(task.name)}"${close}`;
    }),
    ...graph.tasks.flatMap((_, id) =>
      Array.from(graph.dependentsOf(id), (dependent) => `  n${id} --> n${dependent}`)
    ),
  ].join("\n");
}

/**
 * Escapes a label. Mermaid interprets HTML, Markdown and its own syntax there, so all characters
 * except letters, digits and harmless punctuation become character codes.
 */
function escaped(name: string): string {
  return name.replace(/\r\n|[^\p{L}\p{M}\p{N} _.-]/gu, (letter) => {
    return letter.includes("\n") ? "<br>" : `#${letter.codePointAt(0)};`;
  });
}
