/** Log tab. */
import { effect, signal } from "@preact/signals";
import { plural } from "../../../base/text_format.ts";
import { threadName } from "../../../events/run_event.ts";
import { formatDuration } from "../../../base/duration.ts";
import { bindInput, html } from "./html_tag.ts";
import { formatErrorRecord } from "./error_view.ts";
import { LOG_KINDS, type LogKind, LogSelection } from "../model/log_selection.ts";
import type { LogEntry, RunModel } from "../model/run_model.ts";
import { stripAnsi } from "../model/strip_ansi.ts";
import { frame } from "../model/displayed_run.ts";
import { entryNote, STATUS_ICONS } from "../model/status_text.ts";
import { selected, selectedId, shown } from "../model/store.ts";
import { VirtualList } from "./virtual_list.ts";

const KIND_LABELS: Readonly<Record<LogKind, string>> = {
  all: "all lines",
  outcomes: "outcomes",
  output: "output",
  problems: "problems",
};

const kind = signal<LogKind>("all");
const words = signal("");
/** Whether only lines of the selected task are shown. */
const ofSelected = signal(false);
/** The entry whose whole text is shown. */
const unfolded = signal<LogEntry | null>(null);
const selection = new LogSelection();

effect(() => {
  shown.value; // another run has other entries
  unfolded.value = null;
});

/** Heights of a row, in pixels: with the text below on narrow screens. */
const ROW_HEIGHT = 28;
const NARROW_ROW_HEIGHT = 52;
const isNarrow = signal(false);
const narrow = globalThis.matchMedia("(max-width: 760px)");
isNarrow.value = narrow.matches;
narrow.addEventListener("change", () => isNarrow.value = narrow.matches);

function visibleEntries(model: RunModel): readonly LogEntry[] {
  const task = ofSelected.value && selectedId.value >= 0 ? selectedId.value : undefined;
  return selection.of(model, { kind: kind.value, words: words.value, task });
}

/** The log of the run: outcomes and output in order, filtered by kind, words and task. */
export function LogView() {
  frame.value;
  const run = shown.value;
  const entries = run === null ? [] : visibleEntries(run.model);
  const missing = run === null ? 0 : run.omittedCount + run.model.omittedCount;
  return html`<div class="table-view">
    <${LogTools} count=${entries.length} missing=${missing} />
    ${
    run === null || run.model.log.length === 0
      ? html`
        <div class="empty">
          <p>No events yet.</p>
        </div>
      `
      : html`
        <${VirtualList} key=${kind.value} id="log-lines" label="Log" count=${entries.length}
          rowHeight=${isNarrow.value ? NARROW_ROW_HEIGHT : ROW_HEIGHT} follows
          columns="58px 92px minmax(110px, 1fr) minmax(180px, 2.6fr) 66px"
          unfolded=${unfolded.value === null ? -1 : entries.indexOf(unfolded.value)}
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

function LogTools({ count, missing }: { count: number; missing: number }) {
  const choose = (event: Event) =>
    kind.value = (event.target as HTMLSelectElement).value as LogKind;
  return html`<div class="tools" role="group" aria-label="Log">
    <label for="log-search">Search</label>
    <input id="log-search" type="search" placeholder="text and tasks" value=${words.value}
      spellcheck=${false} onInput=${bindInput(words)} />
    <label for="log-kind">Show</label>
    <select id="log-kind" onChange=${choose}>${
    LOG_KINDS.map((it) =>
      html`<option value=${it} selected=${kind.value === it}>${KIND_LABELS[it]}</option>`
    )
  }</select>
    ${
    selected.value !== null && html`
      <label class="check" for="log-task"><input id="log-task" type="checkbox"
        checked=${ofSelected.value} onChange=${() => ofSelected.value = !ofSelected.value} />
        Selected task</label>
    `
  }
    <output class="soft" id="log-count">${plural(count, "line")}</output>
    ${
    missing > 0 && html`
      <span class="soft" id="left-out">${plural(missing, "line")} of output omitted</span>
    `
  }
  </div>`;
}

const HEAD = html`<div role="row" class="row head" aria-rowindex="1">
  ${
  [["At", "figure"], ["Status", ""], ["Task", ""], ["Text", "text"], ["Thread", "thread"]].map((
    [title, kind],
  ) => html`<div role="columnheader" key=${title} class=${kind}>${title}</div>`)
}</div>`;

function row(model: RunModel, entry: LogEntry | undefined, index: number) {
  if (entry === undefined) return html`<div key=${index}></div>`;
  const { view } = model;
  const id = model.taskOf(entry);
  const task = id === null ? undefined : view.tasks[id]!;
  const [kind, sign, word] = kindOf(model, entry);
  const isUnfolded = unfolded.value === entry;
  const text = isUnfolded ? wholeText(model, entry) : shortText(model, entry);
  const worker = "worker" in entry ? entry.worker : null;
  const fold = () => {
    // A drag selects text.
    if (getSelection()?.type !== "Range") unfolded.value = isUnfolded ? null : entry;
  };
  return html`
    <div role="row" key=${index} aria-rowindex=${index + 2}
      class=${`row ${kind} ${isUnfolded ? "unfolded" : ""}`}>
      <div role="cell" class="figure soft">${formatDuration(entry.elapsedMs)}</div>
      <div role="cell" class="kind">${sign} ${word}</div>
      <div role="cell" class="name">${task && html`
        <button type="button" class="link"
          title=${task.name} onClick=${() => selected.value = task.name}>${task.name}</button>
      `}</div>
      <div role="cell" class=${`text ${entry.type === "task-output" ? "name" : "soft"}`}
        onClick=${fold}>${text !== "" && html`
          <button type="button" class="fold" aria-expanded=${isUnfolded}
            aria-label="Whole text"></button>${text}
        `}</div>
      <div role="cell" class="thread soft">${worker === null ? "" : threadName(worker)}</div>
    </div>
  `;
}

function shortText({ view }: RunModel, entry: LogEntry): string {
  return entry.type === "task-output" ? entry.text : entryNote(entry, view);
}

/** The text of an unfolded row: an error has its stack and its causes. */
function wholeText(model: RunModel, entry: LogEntry): string {
  const outcome = entry.type === "task-finished" ? entry.outcome : entry;
  const short = shortText(model, entry);
  if (!("error" in outcome) || outcome.error === undefined) return short;
  const error = formatErrorRecord(outcome.error);
  return entry.type === "task-retried" ? `${short}\n${error}` : error;
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
