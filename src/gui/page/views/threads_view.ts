/** Threads tab. */
import { signal } from "@preact/signals";
import { formatDuration } from "../../../base/duration.ts";
import { threadName } from "../../../events/run_event.ts";
import { useCanvas } from "../draw/use_canvas.ts";
import { html } from "./html_tag.ts";
import type { AttemptBar, RunModel } from "../model/run_model.ts";
import { type DisplayedRun, frame, nowOf } from "../model/displayed_run.ts";
import { player, selected, selectedId, shown } from "../model/store.ts";
import {
  barAt,
  LABEL_WIDTH,
  paintTimeline,
  timelineHeight,
  type TimelineRange,
} from "../draw/paint_timeline.ts";

/** The range that the user has set, and its run; null follows the run. */
const zoomRange = signal<{ readonly run: DisplayedRun; readonly range: TimelineRange } | null>(
  null,
);
const hoverText = signal("");

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

function wholeRange(run: DisplayedRun): TimelineRange {
  const replay = player.value?.run === run ? player.value.totalMs : 0;
  return { fromMs: 0, toMs: Math.max(1, replay, currentTimeMs(run)) };
}

function visibleRange(run: DisplayedRun): TimelineRange {
  const zoomed = zoomRange.value;
  return zoomed?.run === run ? zoomed.range : wholeRange(run);
}

/** The functions that pan and zoom the timeline of a run. */
function timelineControls(run: DisplayedRun) {
  const { fromMs, toMs } = visibleRange(run);
  const length = toMs - fromMs;
  const show = (from: number, lengthMs: number) => {
    const { toMs: total } = wholeRange(run);
    const within = Math.min(total, Math.max(0.001, lengthMs));
    const start = Math.min(Math.max(0, from), total - within);
    zoomRange.value = { run, range: { fromMs: start, toMs: start + within } };
  };
  const zoom = (factor: number, part = 0.5) =>
    show(fromMs + part * length * (1 - factor), length * factor);
  const keys: Record<string, () => void> = {
    "+": () => zoom(0.5),
    "=": () => zoom(0.5),
    "-": () => zoom(2),
    "0": () => zoomRange.value = null,
    "ArrowLeft": () => show(fromMs - length * 0.2, length),
    "ArrowRight": () => show(fromMs + length * 0.2, length),
  };
  return { zoom, keys };
}

function Timeline({ run }: { run: DisplayedRun }) {
  // The canvas reads these signals outside of rendering: reading them here subscribes to them.
  for (const it of [frame, zoomRange, selectedId]) it.value;
  const canvas = useCanvas((surface) =>
    paintTimeline(surface, run.model, visibleRange(run), currentTimeMs(run), selectedId.value)
  );
  const { keys } = timelineControls(run);
  return html`
    <div>
      <div class="tools" role="group" aria-label="Timeline">
        <span class="soft" id="pointed" aria-live="polite">${hoverText.value ||
          "Hover over a bar for details"}</span>
        <span class="gap"></span>
        <button type="button" id="time-out" aria-label="Zoom out" onClick=${keys["-"]}>−</button>
        <button type="button" id="time-in" aria-label="Zoom in" onClick=${keys["+"]}>+</button>
        <button type="button" id="time-fit" onClick=${keys["0"]}>Fit</button>
      </div>
      <canvas ref=${canvas} id="timeline" tabindex="0" role="application"
        style=${{ height: `${timelineHeight(run.model.view.workers)}px` }}
        aria-label="Timeline. Plus and minus zoom, the arrow keys move; the tables have the same as text"
        ...${timelineHandlers(run)}></canvas>
    </div>
  `;
}

function timelineHandlers(run: DisplayedRun) {
  const { zoom, keys } = timelineControls(run);
  const nameOf = (bar: AttemptBar) => run.model.tasks[bar.task]!.name;
  const barOf = ({ offsetX: x, offsetY: y, target }: MouseEvent) =>
    barAt(
      run.model,
      visibleRange(run),
      { x, y, width: (target as Element).clientWidth },
      currentTimeMs(run),
    );
  return {
    onKeyDown(event: KeyboardEvent) {
      const act = keys[event.key];
      if (!act || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      act();
    },
    onPointerMove(event: PointerEvent) {
      const bar = barOf(event);
      const tookMs = bar && (bar.toMs ?? currentTimeMs(run)) - bar.fromMs;
      hoverText.value = bar ? `${nameOf(bar)}: ${bar.status}, ${formatDuration(tookMs!)}` : "";
    },
    onClick(event: MouseEvent) {
      const bar = barOf(event);
      if (bar) selected.value = nameOf(bar);
    },
    onWheel(event: WheelEvent) {
      if (!event.ctrlKey && !event.metaKey) return; // the page scrolls
      event.preventDefault();
      const width = (event.target as Element).clientWidth;
      zoom(event.deltaY < 0 ? 0.8 : 1.25, (event.offsetX - LABEL_WIDTH) / (width - LABEL_WIDTH));
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
