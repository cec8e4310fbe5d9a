/** Threads tab. */
import { signal } from "@preact/signals";
import { formatDuration } from "../../../base/duration.ts";
import { threadName } from "../../../events/run_event.ts";
import { rangeAfterKey, type TimeRange, zoomRange } from "../../../layout/time_range.ts";
import { timelineHeight, TimelineScale } from "../../../layout/timeline_scale.ts";
import { useCanvas } from "../draw/use_canvas.ts";
import { html } from "./html_tag.ts";
import type { AttemptBar, RunModel } from "../model/run_model.ts";
import { type DisplayedRun, frame, nowOf } from "../model/displayed_run.ts";
import { player, selected, selectedId, shown } from "../model/store.ts";
import { paintTimeline } from "../draw/paint_timeline.ts";
import { STATUS_ICONS } from "../model/status_text.ts";
import { Tooltip } from "./tooltip.ts";

/** The range that the user has set, and its run; null follows the run. */
const chosen = signal<{ readonly run: DisplayedRun; readonly range: TimeRange } | null>(null);
/** The bar below the pointer, and the position of the pointer on the timeline. */
const hovered = signal<{ readonly bar: AttemptBar; readonly x: number; readonly y: number } | null>(
  null,
);

/** The timeline, and a table of the threads with their current tasks. */
export function ThreadsView() {
  frame.value;
  const run = shown.value;
  if (run === null || run.model.tasks.length === 0) {
    return html`
      <div class="empty">
        <p>No thread has run anything yet.</p>
        <p class="soft">Run the module to see its threads.</p>
      </div>
    `;
  }
  return html`
    <div class="threads-view">
      <${Timeline} run=${run} />
      <${ThreadTable} model=${run.model} nowMs=${currentTimeMs(run)} />
    </div>
  `;
}

function currentTimeMs(run: DisplayedRun): number {
  return player.value?.run === run ? player.value.atMs : nowOf(run);
}

function wholeRange(run: DisplayedRun): TimeRange {
  const replay = player.value?.run === run ? player.value.totalMs : 0;
  return { fromMs: 0, toMs: Math.max(1, replay, currentTimeMs(run)) };
}

function visibleRange(run: DisplayedRun): TimeRange {
  return chosen.value?.run === run ? chosen.value.range : wholeRange(run);
}

/** Applies a key to the timeline. Returns whether the key has a meaning. */
function pressKey(run: DisplayedRun, key: string): boolean {
  const range = rangeAfterKey(key, visibleRange(run), wholeRange(run).toMs);
  if (range === undefined) return false;
  chosen.value = range && { run, range };
  return true;
}

function Timeline({ run }: { run: DisplayedRun }) {
  // The canvas reads these signals outside of rendering: reading them here subscribes to them.
  for (const it of [frame, chosen, selectedId]) it.value;
  const canvas = useCanvas((surface) => {
    const scale = new TimelineScale(visibleRange(run), surface.width);
    paintTimeline(surface, scale, run.model, currentTimeMs(run), selectedId.value);
  });
  const rows = Math.max(run.model.view.workers, run.model.bars.length); // resources have their own
  const cursor = hovered.value === null ? "" : "pointer";
  const press = (key: string) => () => void pressKey(run, key);
  return html`
    <div>
      <div class="tools" role="group" aria-label="Timeline">
        <span class="gap"></span>
        <button type="button" id="time-out" aria-label="Zoom out" onClick=${press("-")}>−</button>
        <button type="button" id="time-in" aria-label="Zoom in" onClick=${press("+")}>+</button>
        <button type="button" id="time-fit" onClick=${press("0")}>Fit</button>
      </div>
      <div class="timeline-box">
        <canvas ref=${canvas} id="timeline" tabindex="0" role="application"
          style=${{ height: `${timelineHeight(rows)}px`, cursor }}
          aria-label="Timeline. Plus and minus zoom, the arrow keys move; the tables have the same as text"
          ...${timelineHandlers(run)}></canvas>
        <${BarTooltip} run=${run} />
      </div>
    </div>
  `;
}

function BarTooltip({ run }: { run: DisplayedRun }) {
  const at = hovered.value;
  const task = at && run.model.tasks[at.bar.task];
  if (!at || !task) return null;
  const { status, fromMs, toMs, attempt } = at.bar;
  const tookMs = (toMs ?? currentTimeMs(run)) - fromMs;
  const lines = [
    `${STATUS_ICONS[status]} ${status}, ${formatDuration(tookMs)}`,
    `from ${formatDuration(fromMs)}`,
    attempt > 1 ? `attempt ${attempt}` : "",
  ];
  return html`<${Tooltip} x=${at.x} y=${at.y} title=${task.name} lines=${lines} />`;
}

function timelineHandlers(run: DisplayedRun) {
  const nameOf = (bar: AttemptBar) => run.model.tasks[bar.task]!.name;
  const scaleOf = (target: EventTarget | null) =>
    new TimelineScale(visibleRange(run), (target as Element).clientWidth);
  const barOf = ({ offsetX: x, offsetY: y, target }: MouseEvent) =>
    scaleOf(target).spanAt(run.model.bars, { x, y }, currentTimeMs(run));
  return {
    onKeyDown(event: KeyboardEvent) {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      if (pressKey(run, event.key)) event.preventDefault();
    },
    onPointerMove(event: PointerEvent) {
      const bar = barOf(event);
      hovered.value = bar ? { bar, x: event.offsetX, y: event.offsetY } : null;
    },
    onPointerLeave: () => hovered.value = null,
    onClick(event: MouseEvent) {
      const bar = barOf(event);
      if (bar) selected.value = nameOf(bar);
    },
    onWheel(event: WheelEvent) {
      if (!event.ctrlKey && !event.metaKey) return; // the page scrolls
      event.preventDefault();
      const part = scaleOf(event.target).partAt(event.offsetX);
      const factor = event.deltaY < 0 ? 0.8 : 1.25;
      const range = zoomRange(visibleRange(run), factor, wholeRange(run).toMs, part);
      chosen.value = { run, range };
    },
  };
}

function ThreadTable({ model, nowMs }: { model: RunModel; nowMs: number }) {
  const { view, bars } = model;
  return html`
    <div class="scroll" tabindex="0" role="region" aria-label="Threads">
      <table id="threads">
        <thead>
          <tr>
            <th scope="col">Thread</th>
            <th scope="col">Task</th>
            <th scope="col" class="figure">For</th>
            <th scope="col" class="figure">Attempts</th>
          </tr>
        </thead>
        <tbody>${bars.map((row, thread) => {
          const task = model.isUnfinished ? undefined : view.running[thread];
          const last = row.at(-1);
          return html`
            <tr key=${thread} class=${task === undefined ? "idle" : "running"}>
              <th scope="row">${threadName(thread)}</th>
              <td class="name">${task === undefined ? html`<span class="soft">idle</span>` : html`
                <button type="button"
                  class="link" onClick=${() => selected.value = view.tasks[task]!.name}>${view
                    .tasks[task]!.name}</button>
              `}</td>
              <td class="figure">${task === undefined || !last
                ? "–"
                : `${((nowMs - last.fromMs) / 1000).toFixed(1)}s`}</td>
              <td class="figure">${row.length}</td>
            </tr>
          `;
        })}</tbody>
      </table>
    </div>
  `;
}
