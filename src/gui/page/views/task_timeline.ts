/** The timeline by task: a Gantt chart with the time that ready tasks had to wait. */
import { signal } from "@preact/signals";
import { useRef } from "preact/hooks";
import { timelineHeight, TimelineScale, visibleRows } from "../../../layout/timeline_scale.ts";
import { paintTaskTimeline, TASK_LABEL_WIDTH } from "../draw/paint_timeline.ts";
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
const scrollTop = signal(0);

/** Maximum part of the width of a narrow timeline for the names of tasks. */
const LABEL_PART = 0.4;

function scaleFor(run: DisplayedRun, width: number): TimelineScale {
  return new TimelineScale(visibleRange(run), width, labelWidth(width));
}

function labelWidth(width: number): number {
  return Math.min(TASK_LABEL_WIDTH, width * LABEL_PART);
}

/** A row for each task that has been ready, in that order; only visible rows are drawn. */
export function TaskTimeline({ run }: { run: DisplayedRun }) {
  // The canvas reads these signals outside of rendering: reading them here subscribes to them.
  for (const it of [frame, selectedId, scrollTop]) it.value;
  visibleRange(run);
  const box = useRef<HTMLDivElement>(null);
  const { model } = run;
  const rowsOf = (height: number) => {
    const { first, count } = visibleRows(scrollTop.value, height);
    return model.readyTasks.slice(first, first + count);
  };
  const canvas = useCanvas((surface) => {
    const scale = scaleFor(run, surface.width);
    const scene = { scale, model, nowMs: currentTimeMs(run), selected: selectedId.value };
    paintTaskTimeline(surface, scene, rowsOf(surface.height), labelWidth(surface.width));
  });
  const taskAt = ({ offsetX: x, offsetY: y, target }: MouseEvent) => {
    const { clientWidth, clientHeight } = target as Element;
    const tasks = rowsOf(clientHeight);
    const scale = scaleFor(run, clientWidth);
    const attempts = tasks.map((task) => model.attempts[task] ?? []);
    return {
      task: tasks[scale.rowAt(y)],
      bar: scale.spanAt(attempts, { x, y }, currentTimeMs(run)),
    };
  };
  const handlers = {
    onKeyDown: (event: KeyboardEvent) => onTimelineKey(run, event),
    onPointerMove(event: PointerEvent) {
      const { bar } = taskAt(event);
      hovered.value = bar ? { bar, x: event.offsetX, y: event.offsetY } : null;
    },
    onPointerLeave: () => hovered.value = null,
    onClick(event: MouseEvent) {
      const { task } = taskAt(event);
      if (task !== undefined) selected.value = model.tasks[task]!.name;
    },
    onWheel(event: WheelEvent) {
      const { clientWidth } = event.target as Element;
      onTimelineWheel(run, event, scaleFor(run, clientWidth).partAt(event.offsetX));
    },
  };
  const height = `${timelineHeight(model.readyTasks.length)}px`;
  return html`
    <div class="task-timeline" ref=${box} tabindex="0" role="region" aria-label="Timeline by task"
      onScroll=${() => scrollTop.value = box.current?.scrollTop ?? 0}>
      <div style=${{ height }}>
        <div class="timeline-box">
          <canvas ref=${canvas} id="task-timeline" tabindex="0" role="application"
            aria-label="Timeline by task. Plus and minus zoom, the arrow keys move; the Tasks tab has the same as text"
            ...${handlers}></canvas>
          <${BarTooltip} run=${run} at=${hovered.value} />
        </div>
      </div>
    </div>
  `;
}
