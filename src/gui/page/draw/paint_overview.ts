/**
 * Painting of a graph whose boxes are too small for names: one path for each status. A box as small
 * as a pixel differs from another by color and lightness only, so passed and skipped tasks are
 * pale, failed ones are dark, on top, and never smaller than visible.
 */
import type { GraphLayout } from "./graph_layout.ts";
import { type Palette, STRENGTH } from "./palette.ts";
import { DISPLAY_STATUSES, type DisplayStatus } from "../model/run_model.ts";

/** Minimum size of a failed task, in pixels of the screen. */
const FAILED_MIN = 5;
/** Opacity of tasks that do not match the search. */
export const DIMMED = 0.2;
/** Maximum number of tasks whose boxes have round corners: round paths are slow. */
const ROUND_MAX = 500;

/** Statuses in the order of painting: failures last. */
const ORDER = [...DISPLAY_STATUSES.filter((it) => it !== "failed"), "failed"] as const;

/** A part of a graph, in its own coordinates. */
export interface Extent {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** The input of {@linkcode paintOverview}. */
export interface Overview {
  readonly layout: GraphLayout;
  readonly scale: number;
  /** By task; empty without a run. */
  readonly statuses: readonly DisplayStatus[];
  /** Whether a task matches the search; undefined without a search. */
  readonly isFound: ((task: number) => boolean) | undefined;
  readonly visible: Extent;
}

/** Draws the boxes of a graph, in the coordinates of the graph. */
export function paintOverview(
  context: CanvasRenderingContext2D,
  overview: Overview,
  colors: Palette,
): void {
  const { isFound } = overview;
  const found = tasksByStatus(overview, (task) => isFound === undefined || isFound(task));
  const others = isFound && tasksByStatus(overview, (task) => !isFound(task));
  if (others) paintGroups(context, overview, others, colors, DIMMED);
  paintGroups(context, overview, found, colors, 1);
  context.globalAlpha = 1;
}

/** Draws the failed tasks alone, on top of a picture of all boxes. */
export function paintFailed(
  context: CanvasRenderingContext2D,
  overview: Overview,
  colors: Palette,
): void {
  const { statuses, isFound } = overview;
  const found: number[] = [];
  const others: number[] = [];
  for (let task = 0; task < statuses.length; task++) {
    if (statuses[task] === "failed") (isFound && !isFound(task) ? others : found).push(task);
  }
  paintGroups(context, overview, new Map([["failed", others]]), colors, DIMMED);
  paintGroups(context, overview, new Map([["failed", found]]), colors, 1);
  context.globalAlpha = 1;
}

function tasksByStatus(
  { layout, statuses, visible: { left, top, right, bottom } }: Overview,
  isIncluded: (task: number) => boolean,
): Map<DisplayStatus, number[]> {
  const { x, y } = layout;
  const groups = new Map<DisplayStatus, number[]>(ORDER.map((status) => [status, []]));
  for (let task = 0; task < x.length; task++) {
    if (x[task]! < left || x[task]! > right || y[task]! < top || y[task]! > bottom) continue;
    if (isIncluded(task)) groups.get(statuses[task] ?? "waiting")!.push(task);
  }
  return groups;
}

function paintGroups(
  context: CanvasRenderingContext2D,
  { layout, scale }: Overview,
  groups: ReadonlyMap<DisplayStatus, readonly number[]>,
  colors: Palette,
  alpha: number,
): void {
  const { x, y, widths, boxHeight } = layout;
  for (const [status, tasks] of groups) {
    if (tasks.length === 0) continue;
    const missing = FAILED_MIN / scale - boxHeight;
    const extra = status === "failed" ? Math.max(0, missing) / 2 : 0;
    context.globalAlpha = alpha * STRENGTH[status];
    context.fillStyle = colors[status];
    context.beginPath();
    for (const task of tasks) {
      const [left, top] = [x[task]! - extra, y[task]! - extra];
      const [width, height] = [widths[task]! + 2 * extra, boxHeight + 2 * extra];
      if (x.length > ROUND_MAX) context.rect(left, top, width, height);
      else context.roundRect(left, top, width, height, 6);
    }
    context.fill();
  }
}
