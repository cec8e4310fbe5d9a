/** `--graph=mermaid`: a flowchart, for a "```mermaid" block of Markdown. */
import type { Graph } from "./graph.ts";

/** Writes a graph as a Mermaid flowchart. */
export function formatMermaid(graph: Graph): string {
  return [
    "flowchart LR",
    ...graph.names.map((name, id) => `  n${id}["${escaped(name)}"]`),
    ...graph.tasks.flatMap((_, id) =>
      Array.from(graph.dependentsOf(id), (dependent) => `  n${id} --> n${dependent}`)
    ),
  ].join("\n");
}

/**
 * Mermaid reads HTML, Markdown and its own signs in a label: all but letters, digits and what can mean
 * nothing there is written as a number.
 */
function escaped(name: string): string {
  return name.replace(/\r\n|[^\p{L}\p{M}\p{N} _.-]/gu, (letter) => {
    return letter.includes("\n") ? "<br>" : `#${letter.codePointAt(0)};`;
  });
}
