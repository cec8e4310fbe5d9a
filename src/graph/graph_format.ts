/**
 * How a graph is written: `text` for people, `dot` for Graphviz, `mermaid` for Markdown, `json` for
 * programs, `levels` with a line for each level.
 */
export type GraphFormat = "text" | "dot" | "mermaid" | "json" | "levels";

/** A record, so that none can be forgotten. */
const ALL: Readonly<Record<GraphFormat, true>> = {
  text: true,
  dot: true,
  mermaid: true,
  json: true,
  levels: true,
};

/** The names of the formats, the default first. What writes them is loaded for those that look at a graph. */
export const GRAPH_FORMATS = Object.keys(ALL) as readonly GraphFormat[];
