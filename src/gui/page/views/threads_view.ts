/** Threads tab: the run over time, by thread or by task, and a table of the threads. */
import { signal } from "@preact/signals";
import { html } from "./html_tag.ts";
import { frame } from "../model/displayed_run.ts";
import { shown } from "../model/store.ts";
import { currentTimeMs, TimelineTools } from "./timeline_range.ts";
import { ThreadTable } from "./thread_table.ts";
import { TaskTimeline } from "./task_timeline.ts";
import { ThreadTimeline } from "./thread_timeline.ts";

const ROWS = ["thread", "task"] as const;
/** The kind of the rows of the timeline. */
const rows = signal<typeof ROWS[number]>("thread");

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
  const isByTask = rows.value === "task";
  return html`
    <div class=${isByTask ? "threads-view by-task" : "threads-view"}>
      <div class="tools">
        <div class="switch" role="group" aria-label="Rows">${ROWS.map((it) =>
          html`
            <button type="button" key=${it} id=${`by-${it}`} aria-pressed=${rows.value === it}
              onClick=${() => rows.value = it}>By ${it}</button>
          `
        )}</div>
        ${isByTask && html`<span class="soft legend-wait">ready, but waiting</span>`}
        <span class="gap"></span>
        <${TimelineTools} run=${run} />
      </div>
      ${isByTask ? html`<${TaskTimeline} run=${run} />` : html`
        <${ThreadTimeline} run=${run} />
        <${ThreadTable} model=${run.model} nowMs=${currentTimeMs(run)} />
      `}
    </div>
  `;
}
