/** Tasks tab. */
import { signal } from "@preact/signals";
import { plural } from "../../../base/text_format.ts";
import { formatDuration } from "../../../base/duration.ts";
import { threadName } from "../../../events/run_event.ts";
import { bindInput, html } from "./html_tag.ts";
import { DISPLAY_STATUSES, type DisplayStatus, type RunModel } from "../model/run_model.ts";
import { frame } from "../model/displayed_run.ts";
import { outcomeNote, STATUS_ICONS } from "../model/status_text.ts";
import { matching, search, selected, shown, tasks } from "../model/store.ts";
import { VirtualList } from "./virtual_list.ts";

type SortKey = "number" | "name" | "status" | "after" | "tags" | "took" | "thread";
/** The column that the user has chosen; null for the order of {@linkcode usualOrder}. */
const sort = signal<{ readonly key: SortKey; readonly isDown: boolean } | null>(null);
const statusFilter = signal<DisplayStatus | "">("");

const COLUMNS: readonly [key: SortKey, title: string, isFigure?: true][] = [
  ["number", "#", true],
  ["name", "Task"],
  ["status", "Status"],
  ["took", "Duration", true],
  ["thread", "Thread"],
  ["after", "Dependencies"],
  ["tags", "Tags"],
];

function visibleTasks(): readonly number[] {
  const model = shown.value?.model;
  const ids = statusFilter.value === ""
    ? matching.value
    : matching.value.filter((id) => (model?.statuses[id] ?? "waiting") === statusFilter.value);
  if (sort.value === null) return usualOrder(ids, model);
  const { key, isDown } = sort.value;
  if (key === "number") return isDown ? ids.toReversed() : ids;
  const value = (id: number): string | number => {
    const task = tasks.value[id]!;
    switch (key) {
      case "name":
        return task.name;
      case "status":
        return DISPLAY_STATUSES.indexOf(model?.statuses[id] ?? "waiting");
      case "after":
        return task.after.length;
      case "tags":
        return task.tags.join();
      case "took":
        return model?.view.tookMs[id] ?? -1;
      case "thread":
        return model?.view.ranOn[id] ?? -1;
    }
  };
  const values = new Map(ids.map((id) => [id, value(id)]));
  const sign = isDown ? -1 : 1;
  return ids.toSorted((a, b) => {
    const [one, other] = [values.get(a)!, values.get(b)!];
    return one < other ? -sign : one > other ? sign : a - b;
  });
}

/**
 * The order without a chosen column: after a run, failed tasks first, then the others as they
 * started; before that, the order of the module, so that no row moves while the run is active.
 */
function usualOrder(ids: readonly number[], model: RunModel | undefined): readonly number[] {
  if (model === undefined || !(model.isFinished || model.isUnfinished)) return ids;
  const { statuses, view: { startedMs } } = model;
  const startOf = (id: number) => startedMs[id] ?? Number.MAX_VALUE;
  const byStart = ids.toSorted((a, b) => startOf(a) - startOf(b) || a - b);
  const isFailed = (id: number) => statuses[id] === "failed";
  return [...byStart.filter(isFailed), ...byStart.filter((id) => !isFailed(id))];
}

/** The table of tasks: sorted, searched, filtered by status. */
export function TasksView() {
  frame.value;
  const ids = visibleTasks();
  return html`<div class="table-view">
    <div class="tools" role="group" aria-label="Filter">
      <label for="task-search">Search</label>
      <input id="task-search" type="search" placeholder="names and tags" value=${search.value}
        onInput=${bindInput(search)} />
      <label for="status">Status</label>
      <select id="status" onChange=${(event: Event) =>
    statusFilter.value = (event.target as HTMLSelectElement).value as DisplayStatus | ""}>
        <option value="">all</option>
        ${
    DISPLAY_STATUSES.map((it) =>
      html`<option value=${it} selected=${statusFilter.value === it}>${it}</option>`
    )
  }
      </select>
      <output class="soft" id="task-count">${ids.length} of ${
    plural(tasks.value.length, "task")
  }</output>
    </div>
    ${
    tasks.value.length === 0
      ? html`
        <div class="empty">
          <p>There are no tasks yet.</p>
        </div>
      `
      : html`
        <${VirtualList} id="tasks" label="Tasks" count=${ids.length} rowHeight=${32}
          columns="36px minmax(120px, 2fr) 96px 68px 68px minmax(96px, 2fr) minmax(60px, 1fr)"
          head=${head()} row=${(index: number) => row(ids[index]!, index)} />
      `
  }
  </div>`;
}

function head() {
  const { key, isDown } = sort.value ?? { key: undefined, isDown: false };
  return html`<div role="row" class="row head" aria-rowindex="1">${
    COLUMNS.map(([column, title, isFigure]) => {
      const order = column !== key ? "none" : isDown ? "descending" : "ascending";
      const turn = () =>
        sort.value = { key: column, isDown: column === key ? !isDown : column === "took" };
      return html`
        <div role="columnheader" key=${column} aria-sort=${order}
          class=${isFigure
            ? "figure"
            : ""}><button type="button" data-key=${column} onClick=${turn}>${title}</button></div>
      `;
    })
  }</div>`;
}

function row(id: number, index: number) {
  const task = tasks.value[id];
  if (task === undefined) return html`<div key=${id}></div>`;
  const model = shown.value?.model;
  const status = model?.statuses[id] ?? "waiting";
  const tookMs = model?.view.tookMs[id];
  const ranOn = model?.view.ranOn[id];
  const names = task.after.slice(0, 6).map((it) => tasks.value[it]!.name).join(", ");
  const isSelected = selected.value === task.name;
  const note = model ? outcomeNote(model.view.outcomes[id], model.view) : "";
  const select = () => selected.value = task.name;
  return html`
    <div role="row" key=${id} aria-rowindex=${index + 2} class=${`row chosen ${status} ${
      isSelected ? "selected" : ""
    }`} onClick=${select}>
      <div role="cell" class="figure soft">${id + 1}</div>
      <div role="cell" class="name"><button type="button" class="link" title=${task.name}
          aria-pressed=${isSelected} onClick=${select}>${task
            .name}</button>${task.kind === "resource" && html`
            <small>resource</small>
          `}</div>
      <div role="cell" class="kind" title=${note}>${STATUS_ICONS[status]} ${model
        ? status
        : "not run"}</div>
      <div role="cell" class="figure">${tookMs === undefined ? "–" : formatDuration(tookMs)}</div>
      <div role="cell" class="soft">${ranOn === undefined ? "–" : threadName(ranOn)}</div>
      <div role="cell" class="name soft" title=${names}>${names}${task.after.length > 6
        ? `, … ${task.after.length} in total`
        : ""}</div>
      <div role="cell" class="soft" title=${task.tags.join(", ")}>${task.tags.join(", ")}</div>
    </div>
  `;
}
