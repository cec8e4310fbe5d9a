/** Painting of the task graph. */
import type { Line } from "../../../layout/layered_layout.ts";
import { traceLine } from "../../../layout/trace_line.ts";
import type { Camera } from "./camera.ts";
import type { CanvasSurface } from "./use_canvas.ts";
import type { GraphLayout } from "./graph_layout.ts";
import { shortenName } from "../../../layout/shorten_name.ts";
import { type Palette, palette } from "./palette.ts";
import { OverviewLayer } from "./overview_layer.ts";
import { type Extent, type Overview, paintFailed, paintOverview } from "./paint_overview.ts";
import type { DisplayStatus } from "../model/run_model.ts";
import { STATUS_ICONS } from "../model/status_text.ts";

/** The input of {@linkcode paintGraph}. */
export interface Scene {
  readonly layout: GraphLayout;
  readonly camera: Camera;
  /** By task; empty without a run. */
  readonly statuses: readonly DisplayStatus[];
  /** The critical path, each task before the next. */
  readonly path: readonly number[];
  readonly selected: number;
  /** Whether a task matches the search; undefined without a search. */
  readonly isFound: ((task: number) => boolean) | undefined;
  /** Keeps the picture of a large graph. */
  readonly layer: OverviewLayer;
}

/** Minimum scale at which names are readable, and drawn. */
const NAMES_MIN_SCALE = 0.5;

/** Height of a box from which it is a box of a layer, rather than a cell of a column. */
const LARGE_MIN = 30;

/** Draws a graph on a canvas. */
export function paintGraph({ context, width, height }: CanvasSurface, scene: Scene): void {
  const { layout, camera, statuses, isFound, selected } = scene;
  const colors = palette();
  context.save();
  context.translate(camera.x, camera.y);
  context.scale(camera.scale, camera.scale);
  paintLines(context, scene, colors);
  const visible = {
    left: -camera.x / camera.scale - layout.widthMax,
    top: -camera.y / camera.scale - layout.boxHeight,
    right: (width - camera.x) / camera.scale,
    bottom: (height - camera.y) / camera.scale,
  };
  if (camera.scale < NAMES_MIN_SCALE) {
    const overview = { layout, scale: camera.scale, statuses, isFound, visible };
    if (!layout.hasColumns || !paintLayer(context, overview, camera, scene.layer, colors)) {
      paintOverview(context, overview, colors);
    }
  } else paintBoxes(context, scene, visible, colors);
  if (selected >= 0) paintRing(context, scene, colors);
  context.restore();
}

/** Draws the boxes from a layer. Returns false if the layer would be too large. */
function paintLayer(
  context: CanvasRenderingContext2D,
  overview: Overview,
  { x, y, scale }: Camera,
  layer: OverviewLayer,
  colors: Palette,
): boolean {
  const pixelRatio = context.getTransform().a / scale;
  if (!OverviewLayer.isPossible(overview.layout, scale * pixelRatio)) return false;
  const picture = layer.update(overview, scale * pixelRatio, colors);
  context.save();
  context.resetTransform();
  context.drawImage(picture, Math.round(x * pixelRatio), Math.round(y * pixelRatio));
  context.restore();
  paintFailed(context, overview, colors);
  return true;
}

function paintBoxes(
  context: CanvasRenderingContext2D,
  scene: Scene,
  { left, top, right, bottom }: Extent,
  colors: Palette,
): void {
  const { layout: { x, y }, path } = scene;
  const critical = new Set(path);
  context.textBaseline = "middle";
  for (let task = 0; task < x.length; task++) {
    if (x[task]! < left || x[task]! > right || y[task]! < top || y[task]! > bottom) continue;
    paintBox(context, scene, task, critical.has(task), colors);
  }
}

/** Statuses of tasks that did not run to their end; their frames are dashed. */
const DASHED: ReadonlySet<DisplayStatus> = new Set(["skipped", "unneeded", "cancelled"]);

/** Statuses whose boxes are filled; their texts have the color of the ground. */
function isFilled(status: DisplayStatus): boolean {
  return status === "running" || status === "failed";
}

function paintBox(
  context: CanvasRenderingContext2D,
  scene: Scene,
  task: number,
  isCritical: boolean,
  colors: Palette,
): void {
  const { layout, statuses, isFound } = scene;
  const [x, y, width] = [layout.x[task]!, layout.y[task]!, layout.widths[task]!];
  const status = statuses[task] ?? "waiting";
  const isCell = layout.boxHeight < LARGE_MIN;
  const alpha = isFound === undefined || isFound(task) ? 1 : 0.2;
  context.globalAlpha = alpha;
  context.beginPath();
  context.roundRect(x, y, width, layout.boxHeight, cornerRadius(layout, task));
  context.fillStyle = isFilled(status) ? colors[status] : colors.raised;
  context.fill();
  if (status === "passed" || status === "cached" || status === "flaky") {
    context.globalAlpha = alpha * PASSED_TINT;
    context.fillStyle = colors[status];
    context.fill();
    context.globalAlpha = alpha;
  }
  const isMarked = isCritical || isFound?.(task);
  context.lineWidth = isMarked ? 2 : 1;
  context.strokeStyle = isMarked && !isFilled(status) ? colors.ink : frameColor(status, colors);
  context.setLineDash(DASHED.has(status) ? [4, 3] : []);
  context.stroke();
  context.setLineDash([]);
  paintName(context, { x, y, width, height: layout.boxHeight, isCell }, {
    name: layout.tasks[task]!.name,
    status,
    colors,
  });
  context.globalAlpha = 1;
}

/** Opacity of the color of passed tasks: most boxes are passed, and should be calm. */
const PASSED_TINT = 0.14;

function frameColor(status: DisplayStatus, colors: Palette): string {
  return status === "waiting" ? colors.line : colors[status];
}

/** The radius of the corners of a box. Resources have round ends: they are no tasks. */
function cornerRadius({ tasks, boxHeight }: GraphLayout, task: number): number {
  if (tasks[task]!.kind !== undefined) return boxHeight / 2;
  return boxHeight < LARGE_MIN ? 4 : 7;
}

/** Marks the selected task by a ring around its box, so that its status stays visible. */
function paintRing(
  context: CanvasRenderingContext2D,
  { layout, camera, selected }: Scene,
  colors: Palette,
): void {
  const pixel = 1 / Math.min(1, camera.scale);
  const gap = 3.5 * pixel;
  context.lineWidth = 2 * pixel;
  context.strokeStyle = colors.ink;
  context.beginPath();
  context.roundRect(
    layout.x[selected]! - gap,
    layout.y[selected]! - gap,
    layout.widths[selected]! + 2 * gap,
    layout.boxHeight + 2 * gap,
    cornerRadius(layout, selected) + gap,
  );
  context.stroke();
}

interface BoxPlacement {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly isCell: boolean;
}

function paintName(
  context: CanvasRenderingContext2D,
  { x, y, width, height, isCell }: BoxPlacement,
  { name, status, colors }: { name: string; status: DisplayStatus; colors: Palette },
): void {
  const middle = y + height / 2 + 1;
  const left = isCell ? 7 : 11;
  context.font = `${isCell ? 11 : 13}px ${colors.mono}`;
  context.fillStyle = isFilled(status) ? colors.ground : colors[status];
  context.fillText(STATUS_ICONS[status], x + left, middle);
  const isIdle = status === "waiting" || DASHED.has(status);
  context.fillStyle = isFilled(status) ? colors.ground : isIdle ? colors.soft : colors.ink;
  const maxLength = Math.floor((width - left - (isCell ? 18 : 24)) / (isCell ? 6.7 : 7.9));
  context.fillText(shortenName(name, maxLength), x + left + (isCell ? 14 : 18), middle);
}

/**
 * Draws the lines: on top those of the selected task, of the critical path, and from failed tasks
 * to the tasks that were skipped because of them.
 */
function paintLines(context: CanvasRenderingContext2D, scene: Scene, colors: Palette): void {
  const { layout, path, selected, statuses } = scene;
  const next = new Map(path.slice(1).map((task, i) => [path[i]!, task]));
  const isCritical = ({ from, to }: Line) => next.has(from) && to.includes(next.get(from)!);
  const isNear = ({ from, to }: Line) => from === selected || to.includes(selected);
  const isBroken = ({ from, to }: Line) =>
    statuses[from] === "failed" && to.some((it) => statuses[it] === "skipped");
  const lines = layout.lines.length > 0 ? layout.lines : straightLines(layout, path, selected);
  const groups: ReadonlyMap<string, readonly Line[]> = Map.groupBy(
    lines,
    (it): string =>
      isBroken(it) ? "broken" : isCritical(it) ? "critical" : isNear(it) ? "near" : "other",
  );
  context.lineJoin = "round";
  // Lines keep their width on the screen at small scales.
  const pixel = 1 / Math.min(1, scene.camera.scale);
  const draw = (kind: string, color: string, width: number, alpha: number) =>
    stroke(context, groups.get(kind) ?? [], layout.isVertical, { color, width, alpha });
  draw("other", colors.soft, 1.2, 0.5);
  draw("near", colors.ink, 1.5 * pixel, 0.7);
  draw("critical", colors.ink, 2.5 * pixel, 0.85);
  draw("broken", colors.failed, 2 * pixel, 1);
}

/** The lines in a column layout: critical path and selected task. */
function straightLines(layout: GraphLayout, path: readonly number[], selected: number): Line[] {
  const line = (from: number, to: number): Line => {
    const { x, y, widths, boxHeight } = layout;
    const start = { x: x[from]! + widths[from]!, y: y[from]! + boxHeight / 2 };
    const end = { x: x[to]!, y: y[to]! + boxHeight / 2 };
    return { from, to: [to], points: [start, end] };
  };
  const chain = path.slice(1).map((task, i) => line(path[i]!, task));
  if (selected < 0) return chain;
  const before = layout.tasks[selected]!.after.map((it) => line(it, selected));
  const after = layout.dependents[selected]!.map((it) => line(selected, it));
  return [...chain, ...before, ...after];
}

function stroke(
  context: CanvasRenderingContext2D,
  lines: readonly Line[],
  isVertical: boolean,
  { color, width, alpha }: { color: string; width: number; alpha: number },
): void {
  if (lines.length === 0) return;
  context.globalAlpha = alpha;
  context.strokeStyle = color;
  context.lineWidth = width;
  context.beginPath();
  for (const { points } of lines) traceLine(context, points, isVertical);
  context.stroke();
  context.globalAlpha = 1;
}
