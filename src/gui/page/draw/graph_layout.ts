/**
 * Where the tasks of a graph stand. A graph of some hundred tasks is laid out so that its lines can be
 * followed. Beyond that nobody can, and laying it out takes seconds: it has a column for each level,
 * folded where it is long, and lines are drawn for the task that is looked at.
 */
import dagre from "@dagrejs/dagre";
import type { TaskInfo } from "../../../events/run_event.ts";
import { levelsOf, nextOf } from "../../../events/levels.ts";

/** A graph with more tasks has columns. */
const DAGRE_TASKS_MAX = 300;
/** ... or with more lines: these are laid out in half a second. */
const DAGRE_LINES_MAX = 600;

/** A point of a line. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

/** A line from one task to another that comes after it. */
export interface Line {
  readonly from: number;
  readonly to: number;
  readonly points: readonly Point[];
}

/** See the head of this file. */
export interface GraphLayout {
  readonly tasks: readonly TaskInfo[];
  /** Left upper corners, by task. */
  readonly x: Float64Array;
  readonly y: Float64Array;
  readonly box: { readonly width: number; readonly height: number };
  readonly width: number;
  readonly height: number;
  /** All lines; none where only those of the task that is looked at are drawn. */
  readonly lines: readonly Line[];
  readonly levels: Int32Array;
  /** Whether it goes from top to bottom, instead of from left to right. */
  readonly isVertical: boolean;
  /** What comes after each task. */
  readonly dependents: readonly (readonly number[])[];
}

const BOX_HEIGHT = 34;
/** The width of a character, and what stands beside the name. */
const NAME = { character: 7.9, padding: 36, min: 8, max: 26, maxVertical: 16 };
const CELL = { width: 132, height: 22 };

/**
 * Lays a graph out.
 *
 * @param isUpright Whether there is more room down than to the right.
 */
export function layOutGraph(tasks: readonly TaskInfo[], isVertical = false): GraphLayout {
  const lines = tasks.reduce((sum, { after }) => sum + after.length, 0);
  const common = {
    tasks,
    levels: levelsOf(tasks),
    dependents: nextOf(tasks.map(({ after }) => after)),
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
    // Lines leave and arrive in the middle of a side, wherever they come from.
    const side = (id: number, part: 0 | 1): Point =>
      isVertical
        ? { x: x[id]! + box.width / 2, y: y[id]! + part * box.height }
        : { x: x[id]! + part * box.width, y: y[id]! + box.height / 2 };
    return { from, to, points: [side(from, 1), ...points.slice(1, -1), side(to, 0)] };
  });
  return { x, y, box, ...extent(x, y, box), lines };
}

/** As wide as the longest name wants, within reason. */
function boxSize(tasks: readonly TaskInfo[], maxLength: number): GraphLayout["box"] {
  const longest = tasks.reduce((length, { name }) => Math.max(length, name.length), NAME.min);
  const width = Math.ceil(Math.min(longest, maxLength) * NAME.character) + NAME.padding;
  return { width, height: BOX_HEIGHT };
}

/** Columns by level; one that is much higher than the picture is wide goes on beside itself. */
function columnLayout({ tasks, levels }: Pick<GraphLayout, "tasks" | "levels">): Placement {
  const byLevel: number[][] = [];
  for (const id of tasks.keys()) (byLevel[levels[id]!] ??= []).push(id);
  const pitch = { x: CELL.width + 8, y: CELL.height + 6 };
  // About as wide as high, as screens are: so many rows that it comes out at 16 to 10.
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

/** Whether two lists are the same tasks with the same lines. */
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

/** Where the arrow keys lead: along the lines, and up and down among tasks of one level. */
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
