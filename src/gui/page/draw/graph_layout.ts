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
  /** The width of the box of each task. */
  readonly widths: Float64Array;
  /** The width of the widest box. */
  readonly widthMax: number;
  /** The height of all boxes. */
  readonly boxHeight: number;
  readonly width: number;
  readonly height: number;
  /** All lines; empty when only those of the selected task are drawn. */
  readonly lines: readonly Line[];
  readonly levels: Int32Array;
  /** Whether dependents are below their dependencies, rather than to the right. */
  readonly isVertical: boolean;
  /** Whether the tasks are cells of columns, since there are too many for lines. */
  readonly hasColumns: boolean;
  /** The dependents of each task. */
  readonly dependents: readonly (readonly number[])[];
}

/** The space around a picture. */
const MARGIN = 12;
const BOX_HEIGHT = 34;
/** Width of a character and padding, in pixels; limits of the length of names, in characters. */
const NAME = { character: 7.9, padding: 36, min: 4, max: 30 };
const CELL = { width: 132, height: 22 };

type Common = Pick<GraphLayout, "tasks" | "levels" | "dependents">;
type Placement = Omit<GraphLayout, keyof Common>;

/**
 * Lays a graph out, in the direction in which more of it is visible at a readable size.
 *
 * @param view The size at which the graph is shown.
 */
export function layOutGraph(tasks: readonly TaskInfo[], view: Size): GraphLayout {
  const common = {
    tasks,
    levels: levelsOf(tasks),
    dependents: invertEdges(tasks.map(({ after }) => after)),
  };
  if (!hasReadableLines(tasks)) return { ...common, ...inColumns(common, view) };
  const [across, down] = [inLayers(common, false), inLayers(common, true)];
  return { ...common, ...(scaleOf(down, view) > scaleOf(across, view) ? down : across) };
}

/** The scale at which a picture fits into a view, without enlarging it. */
function scaleOf({ width, height }: Size, view: Size): number {
  return Math.min(1, view.width / width, view.height / height);
}

/** Lays tasks out in layers. Boxes are as wide as their names, in columns as the longest name. */
function inLayers({ tasks, levels }: Common, isVertical: boolean): Placement {
  const widths = Float64Array.from(tasks, ({ name }) => boxWidth(name));
  if (!isVertical) {
    const columns: number[] = [];
    for (const [id, level] of levels.entries()) {
      columns[level] = Math.max(columns[level] ?? 0, widths[id]!);
    }
    for (const [id, level] of levels.entries()) widths[id] = columns[level]!;
  }
  const picture = layeredLayout(tasks, {
    isVertical,
    boxOf: (task) => ({ width: widths[task]!, height: BOX_HEIGHT }),
    layerGap: isVertical ? 36 : 56,
    boxGap: 14,
    lineGap: 9,
  });
  return {
    isVertical,
    hasColumns: false,
    x: picture.x.map((x) => x + MARGIN),
    y: picture.y.map((y) => y + MARGIN),
    widths,
    widthMax: maxOf(widths),
    boxHeight: BOX_HEIGHT,
    width: picture.width + 2 * MARGIN,
    height: picture.height + 2 * MARGIN,
    lines: picture.lines.map(({ points, ...line }) => ({
      ...line,
      points: points.map(({ x, y }) => ({ x: x + MARGIN, y: y + MARGIN })),
    })),
  };
}

/** The width of a box: that of its name, within limits. */
function boxWidth(name: string): number {
  const length = Math.min(Math.max(name.length, NAME.min), NAME.max);
  return Math.ceil(length * NAME.character) + NAME.padding;
}

function maxOf(values: Float64Array): number {
  return values.reduce((a, b) => Math.max(a, b), 0);
}

/** Distances of the cells of a column layout, and the gap between two levels. */
const PITCH = { x: CELL.width + 8, y: CELL.height + 6, levelGap: 28 };
/** Factor between two numbers of rows that are compared. */
const ROWS_STEP = 1.1;

/** Lays tasks out in columns by level; a long column is wrapped into columns of equal length. */
function inColumns({ tasks, levels }: Common, view: Size): Placement {
  const byLevel: number[][] = [];
  for (const id of tasks.keys()) (byLevel[levels[id]!] ??= []).push(id);
  const rowsMax = bestRows(byLevel.map(({ length }) => length), view);
  const x = new Float64Array(tasks.length);
  const y = new Float64Array(tasks.length);
  let left = MARGIN;
  for (const ids of byLevel) {
    const columns = Math.ceil(ids.length / rowsMax);
    const rows = Math.ceil(ids.length / columns);
    for (const [position, id] of ids.entries()) {
      x[id] = left + Math.floor(position / rows) * PITCH.x;
      y[id] = MARGIN + position % rows * PITCH.y;
    }
    left += columns * PITCH.x + PITCH.levelGap;
  }
  return {
    x,
    y,
    isVertical: false,
    hasColumns: true,
    lines: [],
    widths: new Float64Array(tasks.length).fill(CELL.width),
    widthMax: CELL.width,
    boxHeight: CELL.height,
    width: maxOf(x) + CELL.width + MARGIN,
    height: maxOf(y) + CELL.height + MARGIN,
  };
}

/** The maximum length of a column with which the picture is the largest in the view. */
function bestRows(lengths: readonly number[], view: Size): number {
  const longest = lengths.reduce((a, b) => Math.max(a, b), 1);
  let best = { rows: longest, scale: 0 };
  for (let size = 8; size < longest * ROWS_STEP; size = Math.ceil(size * ROWS_STEP)) {
    const rows = Math.min(size, longest);
    const columns = lengths.reduce((sum, length) => sum + Math.ceil(length / rows), 0);
    const width = columns * PITCH.x + lengths.length * PITCH.levelGap;
    const scale = Math.min(view.width / width, view.height / (rows * PITCH.y));
    if (scale > best.scale) best = { rows, scale };
  }
  return best.rows;
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
export function taskAt({ x, y, widths, boxHeight }: GraphLayout, at: Point): number {
  for (let id = 0; id < x.length; id++) {
    const [dx, dy] = [at.x - x[id]!, at.y - y[id]!];
    if (dx >= 0 && dx <= widths[id]! && dy >= 0 && dy <= boxHeight) return id;
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
