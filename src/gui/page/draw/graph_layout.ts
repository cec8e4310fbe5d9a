/**
 * Layout of the task graph. Small graphs have layers and all lines, as in the HTML report. Lines of
 * larger graphs could not be followed: these graphs have a column for each level, wrapped where it
 * is long, and lines for the selected task only.
 */
import type { TaskInfo } from "../../../events/run_event.ts";
import {
  hasReadableLines,
  layeredLayout,
  type Line,
  type Point,
  type Size,
} from "../../../layout/layered_layout.ts";
import { invertEdges, levelsOf } from "../../../layout/levels.ts";

/** The positions of the tasks and the lines of a graph. */
export interface GraphLayout {
  readonly tasks: readonly TaskInfo[];
  /** Upper left corners, by task. */
  readonly x: Float64Array;
  readonly y: Float64Array;
  readonly box: Size;
  readonly width: number;
  readonly height: number;
  /** All lines; empty when only those of the selected task are drawn. */
  readonly lines: readonly Line[];
  readonly levels: Int32Array;
  /** Whether dependents are below their dependencies, rather than to the right. */
  readonly isVertical: boolean;
  /** The dependents of each task. */
  readonly dependents: readonly (readonly number[])[];
}

/** The space around a picture. */
const MARGIN = 12;
const BOX_HEIGHT = 34;
/** Width of a character and padding, in pixels; limits of the length of names, in characters. */
const NAME = { character: 7.9, padding: 36, min: 8, max: 26, maxVertical: 16 };
const CELL = { width: 132, height: 22 };

/**
 * Lays a graph out.
 *
 * @param isVertical Whether the view is higher than wide.
 */
export function layOutGraph(tasks: readonly TaskInfo[], isVertical = false): GraphLayout {
  const common = {
    tasks,
    levels: levelsOf(tasks),
    dependents: invertEdges(tasks.map(({ after }) => after)),
  };
  if (hasReadableLines(tasks)) return { ...common, isVertical, ...inLayers(tasks, isVertical) };
  return { ...common, isVertical: false, ...inColumns(common) };
}

type Placement = Omit<GraphLayout, "tasks" | "levels" | "dependents" | "isVertical">;

/** Lays tasks out in layers. */
function inLayers(tasks: readonly TaskInfo[], isVertical: boolean): Placement {
  const box = boxSize(tasks, isVertical ? NAME.maxVertical : NAME.max);
  const layerGap = isVertical ? 40 : 64;
  const picture = layeredLayout(tasks, {
    ...{ isVertical, boxOf: () => box, layerGap, boxGap: 14, lineGap: 9 },
  });
  return {
    x: picture.x.map((x) => x + MARGIN),
    y: picture.y.map((y) => y + MARGIN),
    box,
    width: picture.width + 2 * MARGIN,
    height: picture.height + 2 * MARGIN,
    lines: picture.lines.map(({ points, ...line }) => ({
      ...line,
      points: points.map(({ x, y }) => ({ x: x + MARGIN, y: y + MARGIN })),
    })),
  };
}

/** The size of a box: as wide as the longest name, within limits. */
function boxSize(tasks: readonly TaskInfo[], maxLength: number): Size {
  const longest = tasks.reduce((length, { name }) => Math.max(length, name.length), NAME.min);
  const width = Math.ceil(Math.min(longest, maxLength) * NAME.character) + NAME.padding;
  return { width, height: BOX_HEIGHT };
}

/** Lays tasks out in columns by level; a long column is wrapped. */
function inColumns({ tasks, levels }: Pick<GraphLayout, "tasks" | "levels">): Placement {
  const byLevel: number[][] = [];
  for (const id of tasks.keys()) (byLevel[levels[id]!] ??= []).push(id);
  const pitch = { x: CELL.width + 8, y: CELL.height + 6 };
  // The number of rows that gives a picture of 16 to 10, as screens are.
  const rows = Math.max(8, Math.ceil(Math.sqrt(tasks.length * pitch.x / pitch.y * 10 / 16)));
  const x = new Float64Array(tasks.length);
  const y = new Float64Array(tasks.length);
  let left = MARGIN;
  for (const ids of byLevel) {
    for (const [position, id] of ids.entries()) {
      x[id] = left + Math.floor(position / rows) * pitch.x;
      y[id] = MARGIN + position % rows * pitch.y;
    }
    left += Math.ceil(ids.length / rows) * pitch.x + 28;
  }
  const max = (values: Float64Array) => values.reduce((a, b) => Math.max(a, b), 0);
  const width = max(x) + CELL.width + MARGIN;
  return { x, y, box: CELL, width, height: max(y) + CELL.height + MARGIN, lines: [] };
}

/** Whether two lists have the same tasks with the same dependencies. */
export function isSameGraph(one: readonly TaskInfo[], other: readonly TaskInfo[]): boolean {
  if (one === other) return true;
  return one.length === other.length && one.every(({ name, after }, id) => {
    const task = other[id]!;
    return task.name === name && task.after.length === after.length &&
      task.after.every((it, i) => it === after[i]);
  });
}

/** The task at a point, or -1. */
export function taskAt({ x, y, box, tasks }: GraphLayout, at: Point): number {
  for (const id of tasks.keys()) {
    const [dx, dy] = [at.x - x[id]!, at.y - y[id]!];
    if (dx >= 0 && dx <= box.width && dy >= 0 && dy <= box.height) return id;
  }
  return -1;
}

const ROTATED_ARROWS: Readonly<Record<string, string>> = {
  ArrowUp: "ArrowLeft",
  ArrowDown: "ArrowRight",
  ArrowLeft: "ArrowUp",
  ArrowRight: "ArrowDown",
};

/** The target of an arrow key: along the lines, or up and down among tasks of one level. */
export function neighbor(layout: GraphLayout, from: number, arrow: string): number {
  const { tasks, dependents, levels, x, y, isVertical } = layout;
  const key = isVertical ? ROTATED_ARROWS[arrow] : arrow;
  if (tasks.length === 0) return -1;
  if (from < 0) return 0;
  if (key === "ArrowLeft") return tasks[from]!.after[0] ?? from;
  if (key === "ArrowRight") return dependents[from]![0] ?? from;
  const isUp = key === "ArrowUp";
  const rank = (id: number) => x[id]! * 1e6 + y[id]!;
  let best = from;
  for (const id of tasks.keys()) {
    if (levels[id] !== levels[from] || id === from) continue;
    const isBeyond = isUp ? rank(id) < rank(from) : rank(id) > rank(from);
    const isNearer = best === from || (isUp ? rank(id) > rank(best) : rank(id) < rank(best));
    if (isBeyond && isNearer) best = id;
  }
  return best;
}
