/** Painting of the timeline. */
import { threadName } from "../../../events/run_event.ts";
import type { CanvasSurface } from "./use_canvas.ts";
import { type Palette, palette } from "./palette.ts";
import type { AttemptBar, RunModel } from "../model/run_model.ts";
import { STATUS_ICONS } from "../model/status_text.ts";

/** Width of the thread names, in pixels. */
export const LABEL_WIDTH = 84;
const AXIS_HEIGHT = 28;
/** Height of the row of a thread, in pixels. */
export const ROW_HEIGHT = 30;
const BAR_HEIGHT = 22;

/** The visible part of the run. */
export interface TimelineRange {
  readonly fromMs: number;
  readonly toMs: number;
}

/** The height of a timeline, in pixels. */
export function timelineHeight(threads: number): number {
  return AXIS_HEIGHT + Math.max(1, threads) * ROW_HEIGHT + 10;
}

/** Draws the timeline: a row for each thread, with its attempts as bars. */
export function paintTimeline(
  { context, width, height }: CanvasSurface,
  model: RunModel,
  range: TimelineRange,
  nowMs: number,
  selected: number,
): void {
  const colors = palette();
  const plotWidth = width - LABEL_WIDTH;
  const xOf = (ms: number) =>
    LABEL_WIDTH + (ms - range.fromMs) / (range.toMs - range.fromMs) * plotWidth;
  context.textBaseline = "middle";
  context.font = `12px ${colors.mono}`;
  paintAxis(context, { width, height }, range, xOf, colors);
  for (const [thread, row] of model.bars.entries()) {
    const y = AXIS_HEIGHT + thread * ROW_HEIGHT + (ROW_HEIGHT - BAR_HEIGHT) / 2;
    context.fillStyle = colors.soft;
    context.fillText(threadName(thread), 10, y + BAR_HEIGHT / 2);
    let end = -Infinity;
    for (const bar of row) {
      const x = Math.max(LABEL_WIDTH, xOf(bar.fromMs));
      const right = Math.min(width, Math.max(xOf(bar.toMs ?? nowMs), x + 1));
      // Bars within half a pixel cannot be distinguished.
      if (right <= LABEL_WIDTH || x >= width || right - end < 0.5) continue;
      const name = model.tasks[bar.task]!.name;
      paintBar(context, { x, right, y }, bar, name, bar.task === selected, colors);
      end = right;
    }
  }
}

function paintBar(
  context: CanvasRenderingContext2D,
  { x, right, y }: { x: number; right: number; y: number },
  { status }: AttemptBar,
  name: string,
  isSelected: boolean,
  colors: Palette,
): void {
  const isWide = right - x > 6;
  const width = right - x - (isWide ? 1 : 0);
  context.fillStyle = colors[status];
  context.beginPath();
  context.roundRect(x, y, width, BAR_HEIGHT, isWide ? 4 : 0);
  context.fill();
  if (isSelected) {
    context.lineWidth = 2.5;
    context.strokeStyle = colors.ink;
    context.stroke();
  }
  if (width < 22) return;
  context.save();
  context.beginPath();
  context.rect(x, y, width - 5, BAR_HEIGHT);
  context.clip();
  context.fillStyle = colors.ground;
  context.fillText(
    width < 70 ? STATUS_ICONS[status] : `${STATUS_ICONS[status]} ${name}`,
    x + 7,
    y + BAR_HEIGHT / 2 + 1,
  );
  context.restore();
}

function paintAxis(
  context: CanvasRenderingContext2D,
  { width, height }: { width: number; height: number },
  { fromMs, toMs }: TimelineRange,
  xOf: (ms: number) => number,
  colors: Palette,
): void {
  const step = tickStep((toMs - fromMs) / Math.max(1, (width - LABEL_WIDTH) / 110));
  for (let tick = Math.ceil(fromMs / step) * step; tick <= toMs; tick += step) {
    const x = Math.round(xOf(tick));
    context.fillStyle = colors.line;
    context.fillRect(x, 0, 1, height);
    context.fillStyle = colors.soft;
    if (x < width - 44) context.fillText(timeText(tick), x + 5, AXIS_HEIGHT / 2);
  }
}

/** The smallest of 1, 2, 5 and their multiples by 10 that leaves space for labels. */
function tickStep(minMs: number): number {
  const ten = 10 ** Math.floor(Math.log10(Math.max(minMs, 1e-4)));
  return [1, 2, 5, 10].map((times) => times * ten).find((step) => step >= minMs) ?? minMs;
}

function timeText(ms: number): string {
  if (ms < 1000) return `${Number(ms.toFixed(3))}ms`;
  return `${Number((ms / 1000).toFixed(3))}s`;
}

/** The bar at a point, or undefined. */
export function barAt(
  model: RunModel,
  range: TimelineRange,
  { x, y, width }: { x: number; y: number; width: number },
  nowMs: number,
): AttemptBar | undefined {
  if (x < LABEL_WIDTH) return undefined;
  const perPixel = (range.toMs - range.fromMs) / (width - LABEL_WIDTH);
  const ms = range.fromMs + (x - LABEL_WIDTH) * perPixel;
  const row = model.bars[Math.floor((y - AXIS_HEIGHT) / ROW_HEIGHT)] ?? [];
  const slackMs = 2 * perPixel;
  return row.find((bar) => bar.fromMs - slackMs <= ms && ms <= (bar.toMs ?? nowMs) + slackMs);
}
