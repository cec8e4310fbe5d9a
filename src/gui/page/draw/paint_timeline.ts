/** Painting of the timelines: by thread, and by task. */
import { threadName } from "../../../events/run_event.ts";
import type { TimelineBar, TimelineScale } from "../../../layout/timeline_scale.ts";
import type { CanvasSurface } from "./use_canvas.ts";
import { type Palette, palette } from "./palette.ts";
import { CHARACTER_WIDTH, shortenName } from "../../../layout/shorten_name.ts";
import type { AttemptBar, DisplayStatus, RunModel } from "../model/run_model.ts";
import { STATUS_ICONS } from "../model/status_text.ts";

/** The input of both timelines. */
export interface TimelineScene {
  readonly scale: TimelineScale;
  readonly model: RunModel;
  /** The end of attempts that have not ended. */
  readonly nowMs: number;
  /** The selected task, or -1. */
  readonly selected: number;
}

/** Draws the timeline: a row for each thread, with its attempts as bars. */
export function paintTimeline(surface: CanvasSurface, scene: TimelineScene): void {
  const { context } = surface;
  const { scale, model, nowMs, selected } = scene;
  const colors = palette();
  paintAxis(surface, scale, colors);
  for (const [thread, row] of model.bars.entries()) {
    context.fillStyle = colors.soft;
    context.fillText(threadName(thread), LABEL_X, scale.rowY(thread));
    for (const bar of scale.bars(thread, row, nowMs)) {
      const { task } = bar.span;
      paintBar(context, bar, model.tasks[task]!.name, task === selected, colors);
    }
  }
}

/** Width of the names of tasks, in pixels. */
export const TASK_LABEL_WIDTH = 190;
const LABEL_X = 10;

/**
 * Draws a row for each task, with its attempts as bars, and the time for which the task was ready,
 * but had to wait, in gray.
 *
 * @param tasks The tasks of the visible rows.
 * @param labelWidth The width of their names, in pixels.
 */
export function paintTaskTimeline(
  surface: CanvasSurface,
  { scale, model, nowMs, selected }: TimelineScene,
  tasks: readonly number[],
  labelWidth: number,
): void {
  const { context } = surface;
  const colors = palette();
  paintAxis(surface, scale, colors);
  const nameMax = Math.floor((labelWidth - 2 * LABEL_X) / CHARACTER_WIDTH);
  for (const [row, task] of tasks.entries()) {
    const { name } = model.tasks[task]!;
    context.fillStyle = task === selected ? colors.ink : colors.soft;
    context.fillText(shortenName(name, nameMax), LABEL_X, scale.rowY(row));
    const attempts = model.attempts[task] ?? [];
    context.fillStyle = colors.waiting;
    context.globalAlpha = 0.35;
    for (const { x, y, width, height } of scale.bars(row, waitsOf(model, task), nowMs)) {
      context.fillRect(x, y + height / 4, width, height / 2);
    }
    context.globalAlpha = 1;
    for (const bar of scale.bars(row, attempts, nowMs)) {
      paintBar(context, bar, "", task === selected, colors);
    }
  }
}

/**
 * The times in which a task was ready, but waited for a thread, a mutex or a token; the last time
 * may not have ended.
 */
export function waitsOf(
  { attempts, readyMs, statuses }: RunModel,
  task: number,
): { readonly fromMs: number; readonly toMs: number | undefined }[] {
  const waits: { fromMs: number; toMs: number | undefined }[] = (attempts[task] ?? [])
    .filter(({ readyMs, fromMs }) => readyMs < fromMs)
    .map(({ readyMs: fromMs, fromMs: toMs }) => ({ fromMs, toMs }));
  const sinceMs = readyMs[task];
  if (statuses[task] === "queued" && sinceMs !== undefined) {
    waits.push({ fromMs: sinceMs, toMs: undefined });
  }
  return waits;
}

function paintAxis(
  { context, height }: CanvasSurface,
  scale: TimelineScale,
  colors: Palette,
): void {
  context.textBaseline = "middle";
  context.font = `12px ${colors.mono}`;
  for (const { x, text } of scale.ticks()) {
    context.fillStyle = colors.line;
    context.fillRect(x, 0, 1, height);
    context.fillStyle = colors.soft;
    context.fillText(text, x + 5, scale.axisY);
  }
}

/** Width of a bar from which it has a sign, and from which it has a name, in pixels. */
const SIGN_MIN = 22;
const NAME_MIN = 70;
/** Width of a bar around its sign and name, in pixels. */
const BAR_PADDING = 7 + 5;

/** Opacity of the bars of passed attempts: failed ones differ by lightness, not by color alone. */
const PASSED_TINT = 0.3;

const PALE: ReadonlySet<DisplayStatus> = new Set(["passed", "cached", "flaky", "skipped"]);

function isPale(status: DisplayStatus): boolean {
  return PALE.has(status);
}

function paintBar(
  context: CanvasRenderingContext2D,
  { span: { status }, x, y, width, height, isWide }: TimelineBar<AttemptBar>,
  name: string,
  isSelected: boolean,
  colors: Palette,
): void {
  context.fillStyle = colors.raised; // no line of the axis shines through
  context.beginPath();
  context.roundRect(x, y, width, height, isWide ? 4 : 0);
  context.fill();
  context.fillStyle = colors[status];
  context.globalAlpha = isPale(status) ? PASSED_TINT : 1;
  context.fill();
  context.globalAlpha = 1;
  if (isPale(status)) context.fillRect(x, y + height - 2, width, 2);
  if (isSelected) {
    context.lineWidth = 2.5;
    context.strokeStyle = colors.ink;
    context.stroke();
  }
  if (width < SIGN_MIN) return;
  context.save();
  context.beginPath();
  context.rect(x, y, width - 5, height);
  context.clip();
  context.fillStyle = isPale(status) ? colors.ink : colors.ground;
  const hasName = width >= NAME_MIN && name !== "";
  const sign = STATUS_ICONS[status];
  const nameMax = Math.floor((width - BAR_PADDING) / CHARACTER_WIDTH) - "✓ ".length;
  context.fillText(
    hasName ? `${sign} ${shortenName(name, nameMax)}` : sign,
    x + 7,
    y + height / 2 + 1,
  );
  context.restore();
}
