/**
 * How a graph is written: `text` for people, `dot` for Graphviz, `mermaid` for Markdown, `json` for
 * programs, `levels` with a line for each level.
 */
export type GraphFormat = "text" | "dot" | "mermaid" | "json" | "levels";

/** The names of the formats, the default first. What writes them is loaded for those that look at a graph. */
export const GRAPH_FORMATS: readonly GraphFormat[] = ["text", "dot", "mermaid", "json", "levels"];
