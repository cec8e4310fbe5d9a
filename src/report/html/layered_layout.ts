/**
 * Where the tasks of a graph stand: a column for each level, and in each column an order in which few
 * lines cross. A line that passes a column has a place there too, a bend, so that it runs between the
 * boxes and not behind them; lines from one task share their bends as long as they go together.
 *
 * Linear in tasks and lines, but for sorting the columns.
 */
import { invertEdges, levelsOf } from "../../events/levels.ts";
import type { TaskInfo } from "../../events/run_event.ts";

/** See the head of this file. Nodes are tasks by their ids, and after these the bends. */
export interface Layout {
  /** The nodes of each level from top to bottom. */
  readonly columns: readonly (readonly number[])[];
  /** For each node those of earlier columns that a line leads from to it; a bend has one. */
  readonly before: readonly (readonly number[])[];
  /** For each node the task its lines begin at: of a task that is itself. */
  readonly origins: readonly number[];
}

/** More bends than these are no help, and lines go straight. */
const BENDS_MAX = 4000;
const SWEEPS = 6;

/** Lays a graph out. */
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
  /** For each task the node of its line on its own level, on the next, and so on. */
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

/** Sorts each column by where the neighbours stand, there and back, until it is good enough. */
function arrange(
  columns: readonly number[][],
  before: readonly (readonly number[])[],
  next: readonly (readonly number[])[],
): void {
  const place = new Float64Array(before.length);
  const settle = (column: readonly number[]) => {
    // Places are relative, so that a column of two lies along a column of ten.
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

/** Where a node's neighbours stand, on average; without any it stays. */
export function mean(neighbours: readonly number[], place: Float64Array, node: number): number {
  if (neighbours.length === 0) return place[node]!;
  let sum = 0;
  for (const neighbour of neighbours) sum += place[neighbour]!;
  return sum / neighbours.length;
}
