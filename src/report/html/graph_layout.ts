/**
 * Where the tasks of a graph stand: a column for each level, and in each column an order that has few
 * edges cross. Linear in tasks and edges, but for sorting the columns.
 */
import type { TaskInfo } from "../../events/run_event.ts";

/** Tasks by level, in the order in which they stand: all of a level's dependencies stand before it. */
export type Columns = readonly (readonly number[])[];

/** The level of each task, from 0. */
export function levelsOf(tasks: readonly TaskInfo[]): Int32Array {
  const dependents = dependentsOf(tasks);
  const waiting = Int32Array.from(tasks, ({ after }) => after.length);
  const levels = new Int32Array(tasks.length);
  const ready: number[] = [];
  for (let task = 0; task < tasks.length; task++) if (waiting[task] === 0) ready.push(task);
  // The list grows while it is read.
  for (const task of ready) {
    for (const dependent of dependents[task]!) {
      levels[dependent] = Math.max(levels[dependent]!, levels[task]! + 1);
      if (--waiting[dependent]! === 0) ready.push(dependent);
    }
  }
  return levels;
}

/** Lays a graph out. */
export function columnsOf(tasks: readonly TaskInfo[]): Columns {
  const columns: number[][] = [];
  for (const [task, level] of levelsOf(tasks).entries()) (columns[level] ??= []).push(task);
  const dependents = dependentsOf(tasks);
  const place = new Float64Array(tasks.length);
  const settle = (column: readonly number[]) => {
    // Places are relative, so that a column of two lies along a column of ten.
    for (const [i, task] of column.entries()) place[task] = (i + 0.5) / column.length;
  };
  columns.forEach(settle);
  const sort = (column: number[], neighbours: (task: number) => readonly number[]) => {
    const wanted = new Map(column.map((task) => [task, mean(neighbours(task), place, task)]));
    column.sort((a, b) => wanted.get(a)! - wanted.get(b)! || place[a]! - place[b]!);
    settle(column);
  };
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    for (const column of columns) sort(column, (task) => tasks[task]!.after);
    for (const column of columns.toReversed()) sort(column, (task) => dependents[task]!);
  }
  for (const column of columns) sort(column, (task) => tasks[task]!.after);
  return columns;
}

const SWEEPS = 4;

/** Where a task's neighbours stand, on average; without any it stays. */
function mean(neighbours: readonly number[], place: Float64Array, task: number): number {
  if (neighbours.length === 0) return place[task]!;
  let sum = 0;
  for (const neighbour of neighbours) sum += place[neighbour]!;
  return sum / neighbours.length;
}

function dependentsOf(tasks: readonly TaskInfo[]): number[][] {
  const dependents: number[][] = tasks.map(() => []);
  for (const [task, { after }] of tasks.entries()) {
    for (const dependency of after) dependents[dependency]!.push(task);
  }
  return dependents;
}
