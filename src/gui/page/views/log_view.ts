/** Log tab. */
import { signal } from "@preact/signals";
import { plural } from "../../../base/text_format.ts";
import { threadName } from "../../../events/run_event.ts";
import { formatDuration } from "../../../base/duration.ts";
import { html } from "./html_tag.ts";
import type { LogEntry, RunModel } from "../model/run_model.ts";
import { stripAnsi } from "../model/strip_ansi.ts";
import { frame } from "../model/displayed_run.ts";
import { entryNote, STATUS_ICONS } from "../model/status_text.ts";
import { selected, shown } from "../model/store.ts";
import { VirtualList } from "./virtual_list.ts";

const showsOutput = signal(true);

/** The log of the run: outcomes in order, and optionally the output of tasks. */
export function LogView() {
  frame.value;
  const run = shown.value;
  const entries = run === null ? [] : showsOutput.value ? run.model.log : run.model.outcomes;
  const missing = run === null ? 0 : run.omittedCount + run.model.omittedCount;
  return html`<div class="table-view">
    <div class="tools" role="group" aria-label="Log">
      <label class="check" for="with-output"><input id="with-output" type="checkbox"
        checked=${showsOutput.value} onChange=${() => showsOutput.value = !showsOutput.value} />
        Output of tasks</label>
      <output class="soft" id="log-count">${plural(entries.length, "line")}</output>
      ${
    missing > 0 && html`
      <span class="soft" id="left-out">${plural(missing, "line")} of output omitted</span>
    `
  }
    </div>
    ${
    run === null || entries.length === 0
      ? html`
        <div class="empty">
          <p>No events yet.</p>
        </div>
      `
      : html`
        <${VirtualList} key=${`${showsOutput.value}`} id="log-lines" label="Log" count=${entries
          .length}
          rowHeight=${28} follows columns="54px 64px 88px minmax(120px, 2fr) 68px minmax(140px, 3fr)"
          head=${HEAD} row=${(index: number) => row(run.model, entries[index], index)} />
      `
  }
    ${
    run?.end && run.end.output !== "" && html`
      <details class="command-output">
        <summary>Output of the command</summary>
        <pre class="output-text" id="command-output">${stripAnsi(run.end.output)}</pre>
      </details>
    `
  }
  </div>`;
}

const HEAD = html`<div role="row" class="row head" aria-rowindex="1">
  ${
  ["#", "At", "State", "Task", "Thread", "Text"].map((title, i) =>
    html`<div role="columnheader" key=${i} class=${i < 2 ? "figure" : ""}>${title}</div>`
  )
}</div>`;

function row(model: RunModel, entry: LogEntry | undefined, index: number) {
  if (entry === undefined) return html`<div key=${index}></div>`;
  const { view } = model;
  const task = "task" in entry && entry.task !== null ? view.tasks[entry.task]! : undefined;
  const [kind, sign, word] = kindOf(model, entry);
  const text = entry.type === "task-output" ? entry.text : entryNote(entry, view);
  const worker = "worker" in entry ? entry.worker : null;
  return html`
    <div role="row" key=${index} aria-rowindex=${index + 2} class=${`row ${kind}`}>
      <div role="cell" class="figure soft">${index + 1}</div>
      <div role="cell" class="figure soft">${formatDuration(entry.elapsedMs)}</div>
      <div role="cell" class="kind">${sign} ${word}</div>
      <div role="cell" class="name">${task && html`
        <button type="button" class="link"
          title=${task.name} onClick=${() => selected.value = task.name}>${task.name}</button>
      `}</div>
      <div role="cell" class="soft">${worker === null ? "" : threadName(worker)}</div>
      <div role="cell" class=${entry.type === "task-output"
        ? "name"
        : "soft"} title=${text}>${text}</div>
    </div>
  `;
}

function kindOf(model: RunModel, entry: LogEntry): [kind: string, sign: string, word: string] {
  switch (entry.type) {
    case "task-output": {
      const isProblem = entry.level === "error" || entry.level === "warn";
      return [
        isProblem ? "output problem-line" : "output",
        "",
        entry.channel === "log" ? entry.level : entry.channel,
      ];
    }
    case "task-finished": {
      const status = model.statuses[entry.task]!;
      return [status, STATUS_ICONS[status], status];
    }
    case "task-retried":
      return ["retrying", STATUS_ICONS.retrying, "retried"];
    case "stray-error":
      return ["failed", STATUS_ICONS.failed, "stray error"];
    case "worker-lost":
      return ["failed", STATUS_ICONS.failed, "lost"];
    case "run-cancelled":
      return ["cancelled", STATUS_ICONS.cancelled, "run cancelled"];
  }
}
