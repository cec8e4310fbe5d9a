/** Names and tags with a meaning in the formats of graphs, which have to escape them. */
import { Graph } from "../../src/graph/graph.ts";
import { task } from "./graphs.ts";

/** Names with special characters. */
export const STRANGE_NAMES: readonly string[] = [
  ...["plain", "a b", "ünï 日本", "🎉", "-", "1. list", "end", "subgraph", "node", "graph"],
  ...['quo"te', "it's", "back\\slash", "trailing\\", "\\N", "\\n", "new\nline", "tab\tx", "%% c"],
  ...["%1", "<b>x</b>", "a&lt;b", "a&b", "#35;", "a;b", "`md`", "style a:#b;", "x[1]{2}(3)|4|"],
  ...["--> n0", "/* c */", "// c", "# c", "$(x)", "constructor", "__proto__"],
];

/** A chain of tasks with these names, some with special tags. */
export function strangeGraph(): Graph {
  return Graph.from(STRANGE_NAMES.map((name, i) => {
    const after = i === 0 ? [] : [STRANGE_NAMES[i - 1]!];
    return task(name, after, i % 5 === 0 ? ["slow", 'it is "so"', "a\\", "x\ny"] : []);
  }));
}
