/** Panel of the selected task. */
import { formatDuration } from "../../../base/duration.ts";
import { threadName } from "../../../events/run_event.ts";
import { errorOf } from "../../../events/outcome_reason.ts";
import type { RunView } from "../../../events/run_view.ts";
import type { ResourceNodeKind } from "../../../task/task.ts";
import { ErrorView } from "./error_view.ts";
import { html } from "./html_tag.ts";
import { type Output, TASK_LINES_MIN } from "../model/run_model.ts";
import { frame } from "../model/displayed_run.ts";
import { outcomeNote, STATUS_ICONS } from "../model/status_text.ts";
import {
  active,
  dependents,
  opened,
  selected,
  selectedId,
  shown,
  tasks,
  taskToRun,
} from "../model/store.ts";

const NAMES_MAX = 40;

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
  const isKnown = opened.value?.tasks.some(({ name }) => name === task.name);
  return html`<aside class="details" aria-labelledby="task-title" id="details">
    <div class="title"><h2 id="task-title" class="name" aria-live="polite">${task.name}</h2>
      <button type="button" class="quiet" id="close-task" aria-label="Close"
        onClick=${() => selected.value = null}>×</button></div>
    ${
    status &&
    html`<p class=${`status-line ${status}`} id="task-status">${STATUS_ICONS[status]} ${status}
      <small>${
      outcomeNote(outcome?.status === "failed" ? undefined : outcome, model!.view)
    }</small></p>`
  }
    ${
    error && html`
      <h3>Error</h3>
      <${ErrorView} error=${error} />
    `
  }
    <dl class="facts">${task.kind && fact("Kind", KIND_TEXTS[task.kind])}
      ${model && facts(model.view, id)}
      ${
    task.tags.length > 0 && html`
      <div>
        <dt>Tags</dt>
        <dd>${task.tags.join(", ")}</dd>
      </div>
    `
  }
    </dl>
    ${relatedTasks("Dependencies", task.after)}
    ${relatedTasks("Dependents", dependents.value[id]!)}
    ${
    isKnown && html`
      <button type="button" id="run-one" disabled=${active.value !== undefined}
        onClick=${() => taskToRun.value = task.name}>Run this task alone…</button>
    `
  }
    <${OutputPanel} output=${model?.output.get(id)} />
  </aside>`;
}

const KIND_TEXTS: Readonly<Record<ResourceNodeKind, string>> = {
  "resource": "set-up of a resource",
  "teardown": "tear-down of a resource",
};

function fact(title: string, text: string | number) {
  return html`
    <div key=${title}>
      <dt>${title}</dt>
      <dd>${text}</dd>
    </div>
  `;
}

function facts(view: RunView, id: number) {
  const { tookMs, startedMs, ranOn, attempts } = view;
  return [
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
