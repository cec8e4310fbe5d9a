/**
 * A format of a graph:
 *
 * - `"text"`: metrics and levels, for people.
 * - `"tree"`: each final task with its dependencies below it.
 * - `"svg"`: a picture.
 * - `"dot"`: for Graphviz.
 * - `"mermaid"`: a flowchart, for Markdown.
 * - `"json"`: for programs.
 * - `"levels"`: one line per level.
 */
export type GraphFormat = "text" | "tree" | "svg" | "dot" | "mermaid" | "json" | "levels";

/** A record, so that the compiler finds a missing format. */
const ALL: Readonly<Record<GraphFormat, true>> = {
  text: true,
  tree: true,
  svg: true,
  dot: true,
  mermaid: true,
  json: true,
  levels: true,
};

/**
 * The names of the formats, the default first. The code that formats a graph is loaded on demand.
 */
export const GRAPH_FORMATS = Object.keys(ALL) as readonly GraphFormat[];
