/** Painting of the timeline. */
import { threadName } from "../../../events/run_event.ts";
import type { TimelineBar, TimelineScale } from "../../../layout/timeline_scale.ts";
import type { CanvasSurface } from "./use_canvas.ts";
import { type Palette, palette } from "./palette.ts";
import type { AttemptBar, RunModel } from "../model/run_model.ts";
import { STATUS_ICONS } from "../model/status_text.ts";

/** Draws the timeline: a row for each thread, with its attempts as bars. */
export function paintTimeline(
  { context, height }: CanvasSurface,
  scale: TimelineScale,
  model: RunModel,
  nowMs: number,
  selected: number,
): void {
  const colors = palette();
  context.textBaseline = "middle";
  context.font = `12px ${colors.mono}`;
  for (const { x, text } of scale.ticks()) {
    context.fillStyle = colors.line;
    context.fillRect(x, 0, 1, height);
    context.fillStyle = colors.soft;
    context.fillText(text, x + 5, scale.axisY);
  }
  for (const [thread, row] of model.bars.entries()) {
    context.fillStyle = colors.soft;
    context.fillText(threadName(thread), 10, scale.rowY(thread));
    for (const bar of scale.bars(thread, row, nowMs)) {
      const { task } = bar.span;
      paintBar(context, bar, model.tasks[task]!.name, task === selected, colors);
    }
  }
}

/** Width of a bar from which it has a sign, and from which it has a name, in pixels. */
const SIGN_MIN = 22;
const NAME_MIN = 70;

function paintBar(
  context: CanvasRenderingContext2D,
  { span: { status }, x, y, width, height, isWide }: TimelineBar<AttemptBar>,
  name: string,
  isSelected: boolean,
  colors: Palette,
): void {
  context.fillStyle = colors[status];
  context.beginPath();
  context.roundRect(x, y, width, height, isWide ? 4 : 0);
  context.fill();
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
  context.fillStyle = colors.ground;
  context.fillText(
    width < NAME_MIN ? STATUS_ICONS[status] : `${STATUS_ICONS[status]} ${name}`,
    x + 7,
    y + height / 2 + 1,
  );
  context.restore();
}
