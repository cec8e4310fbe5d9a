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
};

/** What ends a text (`\0`), may not stand in a picture of Graphviz's, which is XML, or is obeyed by a terminal. */
const UNSEEN = "\ufffd";

// deno-lint-ignore no-control-regex -- they are what is looked for
const SIGNS = /["\\&\0-\x08\n-\x1f\x7f-\x9f]/g;

function quoted(text: string): string {
  return `"${text.replace(SIGNS, (letter) => ESCAPES[letter] ?? UNSEEN)}"`;
}
