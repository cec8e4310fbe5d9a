/** `--graph=dot`: for Graphviz, as in `tdrun module.ts --graph=dot | dot -Tsvg -o graph.svg`. */
import type { Graph } from "./graph.ts";

/**
 * Writes a graph in the language of Graphviz. Nodes are called by the tasks' ids, since Graphviz has
 * names of its own (`%1`) and words of its own; a task's tags are its tooltip.
 */
export function formatDot(graph: Graph): string {
  return [
    "digraph tasks {",
    "  rankdir=LR",
    '  node [shape=box, style=rounded, fontname="sans-serif"]',
    ...graph.tasks.map(({ name, tags }, id) => `  n${id} [label=${quoted(name)}${tooltip(tags)}]`),
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
  "\0": "\ufffd", // it would end the text
};

function quoted(text: string): string {
  return `"${text.replace(/["\\&\n\r\0]/g, (letter) => ESCAPES[letter]!)}"`;
}
