/**
 * Layout of the task graph. Small graphs get a layered layout (Sugiyama, by dagre), with all lines.
 * Larger graphs would take seconds, and their lines could not be followed: they get a column for
 * each level, wrapped where it is long, and lines for the selected task only.
 */
import dagre from "@dagrejs/dagre";
import type { TaskInfo } from "../../../events/run_event.ts";
import { invertEdges, levelsOf } from "../../../layout/levels.ts";

/** Maximum number of tasks for the layered layout: larger graphs have columns. */
const DAGRE_TASKS_MAX = 300;
/** Maximum number of lines for the layered layout, which takes half a second for them. */
const DAGRE_LINES_MAX = 600;

/** A point of a line. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

/** A line from a dependency to its dependent. */
export interface Line {
  readonly from: number;
  readonly to: number;
  readonly points: readonly Point[];
}

/** The positions of the tasks and the lines of a graph. */
export interface GraphLayout {
  readonly tasks: readonly TaskInfo[];
  /** Upper left corners, by task. */
  readonly x: Float64Array;
  readonly y: Float64Array;
  readonly box: { readonly width: number; readonly height: number };
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
  const lines = tasks.reduce((sum, { after }) => sum + after.length, 0);
  const common = {
    tasks,
    levels: levelsOf(tasks),
    dependents: invertEdges(tasks.map(({ after }) => after)),
  };
  const isSmall = tasks.length <= DAGRE_TASKS_MAX && lines <= DAGRE_LINES_MAX;
  if (!isSmall) return { ...common, isVertical: false, ...columnLayout(common) };
  return { ...common, isVertical, ...dagreLayout(tasks, isVertical) };
}

type Placement = Omit<GraphLayout, "tasks" | "levels" | "dependents" | "isVertical">;

function dagreLayout(tasks: readonly TaskInfo[], isVertical: boolean): Placement {
  const box = boxSize(tasks, isVertical ? NAME.maxVertical : NAME.max);
  const graph = new dagre.graphlib.Graph();
  const rankdir = isVertical ? "TB" : "LR";
  const ranksep = isVertical ? 40 : 64;
  graph.setGraph({ rankdir, nodesep: 14, edgesep: 8, ranksep, marginx: 12, marginy: 12 });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const id of tasks.keys()) graph.setNode(String(id), { ...box });
  for (const [id, { after }] of tasks.entries()) {
    for (const it of after) graph.setEdge(String(it), String(id));
  }
  dagre.layout(graph);
  const x = new Float64Array(tasks.length);
  const y = new Float64Array(tasks.length);
  for (const id of tasks.keys()) {
    const node = graph.node(String(id)) as unknown as Point;
    x[id] = node.x - box.width / 2;
    y[id] = node.y - box.height / 2;
  }
  const lines = graph.edges().map(({ v, w }: { v: string; w: string }): Line => {
    const { points } = graph.edge(v, w) as unknown as { points: Point[] };
    const [from, to] = [Number(v), Number(w)];
    // Lines start and end in the middle of a side.
    const side = (id: number, part: 0 | 1): Point =>
      isVertical
        ? { x: x[id]! + box.width / 2, y: y[id]! + part * box.height }
        : { x: x[id]! + part * box.width, y: y[id]! + box.height / 2 };
    return { from, to, points: [side(from, 1), ...points.slice(1, -1), side(to, 0)] };
  });
  return { x, y, box, ...extent(x, y, box), lines };
}

/** The size of a box: as wide as the longest name, within limits. */
function boxSize(tasks: readonly TaskInfo[], maxLength: number): GraphLayout["box"] {
  const longest = tasks.reduce((length, { name }) => Math.max(length, name.length), NAME.min);
  const width = Math.ceil(Math.min(longest, maxLength) * NAME.character) + NAME.padding;
  return { width, height: BOX_HEIGHT };
}

/** Lays tasks out in columns by level; a long column is wrapped. */
function columnLayout({ tasks, levels }: Pick<GraphLayout, "tasks" | "levels">): Placement {
  const byLevel: number[][] = [];
  for (const id of tasks.keys()) (byLevel[levels[id]!] ??= []).push(id);
  const pitch = { x: CELL.width + 8, y: CELL.height + 6 };
  // The number of rows that gives a picture of 16 to 10, as screens are.
  const rows = Math.max(8, Math.ceil(Math.sqrt(tasks.length * pitch.x / pitch.y * 10 / 16)));
  const x = new Float64Array(tasks.length);
  const y = new Float64Array(tasks.length);
  let left = 12;
  for (const ids of byLevel) {
    for (const [position, id] of ids.entries()) {
      x[id] = left + Math.floor(position / rows) * pitch.x;
      y[id] = 12 + position % rows * pitch.y;
    }
    left += Math.ceil(ids.length / rows) * pitch.x + 28;
  }
  return { x, y, box: CELL, ...extent(x, y, CELL), lines: [] };
}

function extent(x: Float64Array, y: Float64Array, box: GraphLayout["box"]) {
  const max = (values: Float64Array) => values.reduce((a, b) => Math.max(a, b), 0);
  return { width: max(x) + box.width + 12, height: max(y) + box.height + 12 };
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
export function neighbour(layout: GraphLayout, from: number, arrow: string): number {
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
