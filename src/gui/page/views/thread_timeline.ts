/** The timeline by thread. */
import { signal } from "@preact/signals";
import { timelineHeight, TimelineScale } from "../../../layout/timeline_scale.ts";
import { paintTimeline } from "../draw/paint_timeline.ts";
import { useCanvas } from "../draw/use_canvas.ts";
import { type DisplayedRun, frame } from "../model/displayed_run.ts";
import { selected, selectedId } from "../model/store.ts";
import { html } from "./html_tag.ts";
import {
  BarTooltip,
  currentTimeMs,
  type HoveredBar,
  onTimelineKey,
  onTimelineWheel,
  visibleRange,
} from "./timeline_range.ts";

const hovered = signal<HoveredBar | null>(null);

/** A row for each thread, with its attempts as bars. */
export function ThreadTimeline({ run }: { run: DisplayedRun }) {
  // The canvas reads these signals outside of rendering: reading them here subscribes to them.
  for (const it of [frame, selectedId]) it.value;
  visibleRange(run);
  const { model } = run;
  const canvas = useCanvas((surface) => {
    const scale = new TimelineScale(visibleRange(run), surface.width);
    const nowMs = currentTimeMs(run);
    paintTimeline(surface, { scale, model, nowMs, selected: selectedId.value });
  });
  const cursor = hovered.value === null ? "" : "pointer";
  return html`
    <div class="timeline-box">
      <canvas ref=${canvas} id="timeline" tabindex="0" role="application"
        style=${{ height: `${timelineHeight(model.bars.length)}px`, cursor }}
        aria-label="Timeline. Plus and minus zoom, the arrow keys move; the tables have the same as text"
        ...${handlers(run)}></canvas>
      <${BarTooltip} run=${run} at=${hovered.value} />
    </div>
  `;
}

function handlers(run: DisplayedRun) {
  const scaleOf = (target: EventTarget | null) =>
    new TimelineScale(visibleRange(run), (target as Element).clientWidth);
  const barOf = ({ offsetX: x, offsetY: y, target }: MouseEvent) =>
    scaleOf(target).spanAt(run.model.bars, { x, y }, currentTimeMs(run));
  return {
    onKeyDown: (event: KeyboardEvent) => onTimelineKey(run, event),
    onPointerMove(event: PointerEvent) {
      const bar = barOf(event);
      hovered.value = bar ? { bar, x: event.offsetX, y: event.offsetY } : null;
    },
    onPointerLeave: () => hovered.value = null,
    onClick(event: MouseEvent) {
      const bar = barOf(event);
      if (bar) selected.value = run.model.tasks[bar.task]!.name;
    },
    onWheel: (event: WheelEvent) =>
      onTimelineWheel(run, event, scaleOf(event.target).partAt(event.offsetX)),
  };
}
