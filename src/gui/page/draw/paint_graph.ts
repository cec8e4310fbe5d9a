/** Painting of the task graph. */
import type { Line } from "../../../layout/layered_layout.ts";
import { traceLine } from "../../../layout/trace_line.ts";
import type { Camera } from "./camera.ts";
import type { CanvasSurface } from "./use_canvas.ts";
import type { GraphLayout } from "./graph_layout.ts";
import { type Palette, palette } from "./palette.ts";
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
}

/** Minimum scale at which names are readable, and drawn. */
const NAMES_MIN_SCALE = 0.5;

/** Draws a graph on a canvas. */
export function paintGraph({ context, width, height }: CanvasSurface, scene: Scene): void {
  const { layout, camera } = scene;
  const colors = palette();
  context.save();
  context.translate(camera.x, camera.y);
  context.scale(camera.scale, camera.scale);
  paintLines(context, scene, colors);
  const visible = {
    left: -camera.x / camera.scale - layout.box.width,
    top: -camera.y / camera.scale - layout.box.height,
    right: (width - camera.x) / camera.scale,
    bottom: (height - camera.y) / camera.scale,
  };
  const critical = new Set(scene.path);
  context.textBaseline = "middle";
  for (const task of layout.tasks.keys()) {
    const [x, y] = [layout.x[task]!, layout.y[task]!];
    if (x < visible.left || x > visible.right || y < visible.top || y > visible.bottom) continue;
    paintBox(context, scene, task, critical.has(task), colors);
  }
  context.restore();
}

function paintBox(
  context: CanvasRenderingContext2D,
  scene: Scene,
  task: number,
  isCritical: boolean,
  colors: Palette,
): void {
  const { layout, camera, statuses, selected, isFound } = scene;
  const { box } = layout;
  const [x, y] = [layout.x[task]!, layout.y[task]!];
  const status = statuses[task] ?? "waiting";
  const color = colors[status];
  const isCell = box.height < 30;
  context.globalAlpha = isFound === undefined || isFound(task) ? 1 : 0.2;
  context.fillStyle = status === "running" ? color : colors.raised;
  context.beginPath();
  context.roundRect(x, y, box.width, box.height, isCell ? 4 : 7);
  context.fill();
  const isFar = camera.scale < NAMES_MIN_SCALE;
  if (isFar) {
    // Too small for a name: only the color; the table has the texts.
    context.fillStyle = status === "waiting" ? colors.line : color;
    context.fill();
  }
  // At small scales a frame is as large as its box, and would hide a failure.
  const isFramed = isCritical && !(isFar && status === "failed");
  if (task === selected || isFramed || isFound?.(task)) {
    context.lineWidth = (task === selected ? 3 : 2) / (isFar ? camera.scale : 1);
    context.strokeStyle = task === selected ? colors.ink : colors.accent;
  } else {
    context.lineWidth = 1;
    context.strokeStyle = status === "waiting" ? colors.line : color;
  }
  context.setLineDash(status === "skipped" || status === "cancelled" ? [4, 3] : []);
  context.stroke();
  context.setLineDash([]);
  if (!isFar) paintName(context, { x, y, box, isCell }, layout.tasks[task]!.name, status, colors);
  context.globalAlpha = 1;
}

interface BoxPlacement {
  readonly x: number;
  readonly y: number;
  readonly box: GraphLayout["box"];
  readonly isCell: boolean;
}

function paintName(
  context: CanvasRenderingContext2D,
  { x, y, box, isCell }: BoxPlacement,
  name: string,
  status: DisplayStatus,
  colors: Palette,
): void {
  const middle = y + box.height / 2 + 1;
  const left = isCell ? 7 : 11;
  context.font = `${isCell ? 11 : 13}px ${colors.mono}`;
  const isFilled = status === "running";
  context.fillStyle = isFilled ? colors.ground : colors[status];
  context.fillText(STATUS_ICONS[status], x + left, middle);
  const isIdle = status === "waiting" || status === "skipped" || status === "cancelled";
  context.fillStyle = isFilled ? colors.ground : isIdle ? colors.soft : colors.ink;
  const maxLength = Math.floor((box.width - left - (isCell ? 18 : 24)) / (isCell ? 6.7 : 7.9));
  context.fillText(shortenName(name, maxLength), x + left + (isCell ? 14 : 18), middle);
}

/** Shortens a name in the middle: long names often differ at their ends. */
function shortenName(name: string, maxLength: number): string {
  if (name.length <= maxLength) return name;
  const end = Math.floor(maxLength / 3);
  return `${name.slice(0, maxLength - end - 1)}…${name.slice(-end)}`;
}

/** Draws the lines: those of the selected task and of the critical path on top. */
function paintLines(context: CanvasRenderingContext2D, scene: Scene, colors: Palette): void {
  const { layout, path, selected } = scene;
  const next = new Map(path.slice(1).map((task, i) => [path[i]!, task]));
  const isCritical = ({ from, to }: Line) => next.has(from) && to.includes(next.get(from)!);
  const isNear = ({ from, to }: Line) => from === selected || to.includes(selected);
  const lines = layout.lines.length > 0 ? layout.lines : straightLines(layout, path, selected);
  context.lineJoin = "round";
  // Lines keep their width on the screen at small scales.
  const widthFactor = 1 / Math.min(1, scene.camera.scale);
  const { isVertical } = layout;
  const others = lines.filter((it) => !isCritical(it) && !isNear(it));
  stroke(context, others, isVertical, colors.soft, 1.2, 0.5);
  stroke(context, lines.filter(isNear), isVertical, colors.ink, 2 * widthFactor, 0.9);
  stroke(context, lines.filter(isCritical), isVertical, colors.accent, 2.5 * widthFactor, 1);
}

/** The lines in a column layout: critical path and selected task. */
function straightLines(layout: GraphLayout, path: readonly number[], selected: number): Line[] {
  const line = (from: number, to: number): Line => {
    const { x, y, box } = layout;
    const start = { x: x[from]! + box.width, y: y[from]! + box.height / 2 };
    const end = { x: x[to]!, y: y[to]! + box.height / 2 };
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
  color: string,
  width: number,
  alpha: number,
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
