/**
 * The format `--graph=tree`: each final task with its dependencies below it, as `cargo tree` prints
 * packages. Dependencies of a task are printed once; `(*)` marks the other places.
 */
import { onOneLine } from "../base/text_format.ts";
import type { Graph } from "./graph.ts";
import { isTask } from "./resources.ts";

/** The characters of a tree. */
export type Charset = "utf8" | "ascii";

/** The characters before a task and before those below it; others for the last task of a list. */
interface Branches {
  readonly task: string;
  readonly below: string;
  readonly lastTask: string;
  readonly belowLast: string;
}

const BRANCHES: Readonly<Record<Charset, Branches>> = {
  utf8: { task: "├── ", below: "│   ", lastTask: "└── ", belowLast: "    " },
  ascii: { task: "|-- ", below: "|   ", lastTask: "`-- ", belowLast: "    " },
};

/**
 * Maximum depth of a tree. A task below is the root of a tree of its own, so that a long chain is
 * readable and its text is linear in its length.
 */
const DEPTH_MAX = 30;

/** A task to print. */
interface Entry {
  readonly id: number;
  readonly depth: number;
  /** The text before the name. */
  readonly branch: string;
  /** The text before the branches of its dependencies. */
  readonly indent: string;
}

/** Formats a graph as trees, one for each task without dependents. */
export function formatTree(graph: Graph, charset: Charset): string {
  const branches = BRANCHES[charset];
  /** Whether the dependencies of a task are printed, or will be as a tree. */
  const isExpanded = new Uint8Array(graph.size);
  const lines: string[] = [];
  const roots = Array.from(graph.names.keys()).filter((id) => graph.dependentsOf(id).length === 0);
  for (const root of roots) { // the list grows during the iteration
    const open: Entry[] = [{ id: root, depth: 0, branch: "", indent: "" }];
    for (let entry = open.pop(); entry !== undefined; entry = open.pop()) {
      const { id, depth, branch } = entry;
      const after = graph.dependenciesOf(id);
      const isBelow = after.length > 0 && depth > 0;
      const isFolded = isBelow && (isExpanded[id] === 1 || depth === DEPTH_MAX);
      const kind = isTask(graph.tasks[id]!) ? "" : " (resource)";
      lines.push(`${branch}${onOneLine(graph.names[id]!)}${kind}${isFolded ? " (*)" : ""}`);
      if (isFolded && !isExpanded[id]) roots.push(id);
      isExpanded[id] = 1;
      if (!isFolded) open.push(...entriesBelow(entry, after, branches).reverse());
    }
  }
  return lines.join("\n");
}

function entriesBelow(
  { depth, indent }: Entry,
  after: ArrayLike<number>,
  { task, below, lastTask, belowLast }: Branches,
): Entry[] {
  return Array.from(after).sort((a, b) => a - b).map((id, i) => {
    const isLast = i === after.length - 1;
    return {
      id,
      depth: depth + 1,
      branch: indent + (isLast ? lastTask : task),
      indent: indent + (isLast ? belowLast : below),
    };
  });
}
