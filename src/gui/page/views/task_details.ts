/** Panel of the selected task. */
import { signal } from "@preact/signals";
import { formatDuration } from "../../../base/duration.ts";
import { threadName } from "../../../events/run_event.ts";
import { errorOf } from "../../../events/outcome_reason.ts";
import type { OpenedTask } from "../../ui_protocol.ts";
import { ErrorView } from "./error_view.ts";
import { html } from "./html_tag.ts";
import { type Output, type RunModel, TASK_LINES_MIN } from "../model/run_model.ts";
import { frame, nowOf } from "../model/displayed_run.ts";
import { kindText, outcomeNote, STATUS_ICONS } from "../model/status_text.ts";
import {
  active,
  dependents,
  opened,
  player,
  selected,
  selectedId,
  shown,
  tasks,
  taskToRun,
} from "../model/store.ts";

const NAMES_MAX = 40;

/**
 * Whether only the title and the status are shown. On phones, where the details are a sheet above
 * the page; wider screens have room for them.
 */
const isFolded = signal(true);

/** The selected task: status, error, dependencies and output. */
export function TaskDetails() {
  frame.value;
  const id = selectedId.value;
  const task = tasks.value[id];
  if (task === undefined) {
    return html`
      <aside class="details" aria-label="Task">
        <div class="empty">
          <p class="soft">Select a task to see its dependencies, its output and its error.</p>
        </div>
      </aside>
    `;
  }
  const model = shown.value?.model;
  const status = model?.statuses[id];
  const outcome = model?.view.outcomes[id];
  const error = errorOf(outcome);
  const known = opened.value?.tasks.find(({ name }) => name === task.name);
  return html`
    <aside class=${`details ${isFolded.value ? "folded" : ""}`}
      aria-labelledby="task-title" id="details">
        <div class="title"><h2 id="task-title" class="name" aria-live="polite">${task.name}</h2>
          <button type="button" class="quiet" id="fold-task" aria-label="Details"
            aria-expanded=${!isFolded.value} aria-controls="details"
            onClick=${() => isFolded.value = !isFolded.value}>${isFolded.value ? "▴" : "▾"}</button>
          <button type="button" class="quiet" id="close-task" aria-label="Close"
            onClick=${() => selected.value = null}>×</button></div>
        ${status &&
          html`<p class=${`status-line ${status}`} id="task-status">${
            STATUS_ICONS[status]
          } ${status}
      <small>${
            outcomeNote(outcome?.status === "failed" ? undefined : outcome, model!.view)
          }</small></p>`}
        ${error && html`
          <h3>Error</h3>
          <${ErrorView} error=${error} />
        `}
        <dl class="facts">${task.kind && fact("Kind", kindText(task))}
          ${model && facts(model, id)}
          ${known && conditions(known)}
          ${task.tags.length > 0 && html`
            <div>
              <dt>Tags</dt>
              <dd>${task.tags.join(", ")}</dd>
            </div>
          `}
        </dl>
        ${relatedTasks("Dependencies", task.after)}
        ${relatedTasks("Dependents", dependents.value[id]!)}
        ${known && known.kind === undefined && html`
          <button type="button" id="run-one" disabled=${active.value !== undefined}
            onClick=${() => taskToRun.value = task.name}>Run this task alone…</button>
        `}
        <${OutputPanel} output=${model?.output.get(id)} />
      </aside>
  `;
}

function fact(title: string, text: string | number) {
  return html`
    <div key=${title}>
      <dt>${title}</dt>
      <dd>${text}</dd>
    </div>
  `;
}

const WHEN_TEXTS: Readonly<Record<string, string>> = {
  always: "always, also after failures",
  failed: "after a failure alone",
};

/** The conditions under which a task runs, and what it holds while it does. */
function conditions({ when, mutex, tokens, weight }: OpenedTask) {
  const counts = Object.entries(tokens ?? {}).map(([name, count]) => `${count} ${name}`);
  return [
    when !== undefined && fact("Runs", WHEN_TEXTS[when] ?? when),
    mutex && fact("Mutex", mutex.join(", ")),
    tokens && fact("Tokens", counts.join(", ")),
    weight !== undefined && fact("Weight", `${weight} threads`),
  ];
}

function facts({ view, statuses }: RunModel, id: number) {
  const { tookMs, startedMs, ranOn, attempts } = view;
  const run = shown.value!;
  const nowMs = player.value?.run === run ? player.value.atMs : nowOf(run);
  const runningMs = statuses[id] === "running" ? nowMs - startedMs[id]! : undefined;
  return [
    runningMs !== undefined && fact("Running for", `${(runningMs / 1000).toFixed(1)}s`),
    tookMs[id] !== undefined && fact("Took", formatDuration(tookMs[id])),
    startedMs[id] !== undefined && fact("Started at", formatDuration(startedMs[id])),
    ranOn[id] !== undefined && fact("Thread", threadName(ranOn[id])),
    (attempts[id] ?? 0) > 1 && fact("Attempts", attempts[id]!),
  ];
}

function relatedTasks(title: string, ids: readonly number[]) {
  const rest = ids.length - NAMES_MAX;
  return html`<div class="related"><h3>${title} <small>${ids.length}</small></h3>
    ${
    ids.length === 0
      ? html`<p class="soft">none</p>`
      : html`<ul>${
        ids.slice(0, NAMES_MAX).map((it) => {
          const { name } = tasks.value[it]!;
          const status = shown.value?.model.statuses[it];
          return html`<li key=${it}><button type="button" class=${`link name ${status ?? ""}`}
        onClick=${() => selected.value = name}>${
            status ? `${STATUS_ICONS[status]} ` : ""
          }${name}</button></li>`;
        })
      }${rest > 0 && html`<li class="soft">and ${rest} more</li>`}</ul>`
  }
  </div>`;
}

function OutputPanel({ output }: { output: Output | undefined }) {
  const { count, lines } = output ?? { count: 0, lines: [] };
  const last = lines.slice(-TASK_LINES_MIN);
  return html`<div class="output"><h3>Output <small>${count}</small></h3>
    ${
    count > last.length &&
    html`<p class="soft" id="output-rest">The last ${last.length} lines; the others are in the log.</p>`
  }
    ${
    count === 0
      ? html`<p class="soft">none</p>`
      : html`<pre id="output" tabindex="0">${
        last.map(({ level, text }, i) =>
          html`<span key=${i} class=${`line ${level}`}>${text + "\n"}</span>`
        )
      }</pre>`
  }</div>`;
}
