/**
 * A layered graph layout (Sugiyama): a column per level, with few line crossings. A line that spans
 * columns has a dummy node, a bend, in each of them, so that it runs between the boxes; lines from
 * one task share bends as far as possible.
 *
 * Linear in tasks and lines, except for the sorting of columns.
 */
import { invertEdges, levelsOf } from "../../layout/levels.ts";
import type { TaskInfo } from "../../events/run_event.ts";

/** A layout. Nodes are tasks by id, followed by bends. */
export interface Layout {
  /** The nodes of each level from top to bottom. */
  readonly columns: readonly (readonly number[])[];
  /** The predecessors of each node in earlier columns; a bend has one. */
  readonly before: readonly (readonly number[])[];
  /** The task at which the lines of each node start; for a task, itself. */
  readonly origins: readonly number[];
}

/** Maximum number of bends; in a larger graph lines run straight. */
const BENDS_MAX = 4000;
const SWEEPS = 6;

/** Computes the layout of a graph. */
export function layeredLayout(tasks: readonly Pick<TaskInfo, "after">[]): Layout {
  const levels = [...levelsOf(tasks)];
  const { before, origins } = withBends(tasks, levels);
  const columns: number[][] = [];
  for (const [node, level] of levels.entries()) (columns[level] ??= []).push(node);
  arrange(columns, before, invertEdges(before));
  return { columns, before, origins };
}

/** Adds the bends to the levels. */
function withBends(
  tasks: readonly Pick<TaskInfo, "after">[],
  levels: number[],
): Pick<Layout, "before" | "origins"> {
  const reach = tasks.map((_, task) => levels[task]!);
  for (const [task, { after }] of tasks.entries()) {
    for (const it of after) reach[it] = Math.max(reach[it]!, levels[task]! - 1);
  }
  const count = reach.reduce((sum, last, task) => sum + last - levels[task]!, 0);
  const origins = tasks.map((_, task) => task);
  if (count > BENDS_MAX) return { before: tasks.map(({ after }) => [...after]), origins };
  const before: number[][] = tasks.map(() => []);
  /** The nodes of each task's line: on its own level, on the next, and so on. */
  const lines = tasks.map((_, task) => [task]);
  for (const [task, line] of lines.entries()) {
    for (let level = levels[task]! + 1; level <= reach[task]!; level++) {
      before.push([line.at(-1)!]);
      origins.push(task);
      line.push(levels.push(level) - 1);
    }
  }
  for (const [task, { after }] of tasks.entries()) {
    before[task] = after.map((it) => lines[it]![levels[task]! - 1 - levels[it]!]!);
  }
  return { before, origins };
}

/**
 * Reduces crossings by the barycenter heuristic: sorts each column by the mean position of its
 * neighbours, in alternating sweeps.
 */
function arrange(
  columns: readonly number[][],
  before: readonly (readonly number[])[],
  next: readonly (readonly number[])[],
): void {
  const place = new Float64Array(before.length);
  const settle = (column: readonly number[]) => {
    // Positions are relative, so that columns of different lengths are comparable.
    for (const [i, node] of column.entries()) place[node] = (i + 0.5) / column.length;
  };
  const sort = (column: number[], neighbours: readonly (readonly number[])[]) => {
    const wanted = new Map(column.map((node) => [node, mean(neighbours[node]!, place, node)]));
    column.sort((a, b) => wanted.get(a)! - wanted.get(b)! || place[a]! - place[b]!);
    settle(column);
  };
  columns.forEach(settle);
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    for (const column of columns) sort(column, before);
    for (const column of columns.toReversed()) sort(column, next);
  }
  for (const column of columns) sort(column, before);
}

/** The mean position of a node's neighbours; its own position if there are none. */
export function mean(neighbours: readonly number[], place: Float64Array, node: number): number {
  if (neighbours.length === 0) return place[node]!;
  let sum = 0;
  for (const neighbour of neighbours) sum += place[neighbour]!;
  return sum / neighbours.length;
}
