/**
 * The script of the page's table of tasks; `deno task bundle:table` bundles it. The table is
 * sortable by column, filtered by text, and rendered in parts on demand.
 */
/// <reference lib="dom" />
import { formatDuration } from "../../base/duration.ts";
import type { PageData, TaskRow } from "./page_data.ts";

const { tasks, taskCount, endings }: PageData = JSON.parse(
  document.getElementById("data")!.textContent!,
);

const PAGE = 200;
const NAME = 0;
const ENDING = 1;
const TOOK = 2;
const START = 3;
const THREAD = 4;
const ATTEMPTS = 5;
const NOTE = 6;
const IS_CRITICAL = 7;

/** Sort keys by column. */
const KEYS: Readonly<Record<string, (row: TaskRow) => string | number>> = {
  name: (row) => row[NAME],
  outcome: (row) => row[ENDING],
  took: (row) => row[TOOK] ?? -1,
  start: (row) => row[START] ?? Infinity,
  thread: (row) => row[THREAD] ?? Infinity,
};

const body = document.getElementById("rows") as HTMLElement;
const filter = document.getElementById("filter") as HTMLInputElement;
const ending = document.getElementById("ending") as HTMLSelectElement;
const count = document.getElementById("count") as HTMLElement;
const more = document.getElementById("more") as HTMLButtonElement;

let order: { readonly key: string; readonly isDown: boolean } = { key: "start", isDown: false };
/** Indexes of the tasks in the table. */
let shown: number[] = [];

function grouped(number: number): string {
  return number.toLocaleString("en-US");
}

function cell(text: string, kind = ""): HTMLTableCellElement {
  const td = document.createElement("td");
  td.className = kind;
  td.textContent = text;
  return td;
}

function nameCell(task: number): HTMLTableCellElement {
  const name = tasks[task]?.[NAME] ?? "";
  const target = document.getElementById(`task-${task}`);
  if (!target) return cell(name);
  const link = document.createElement("a");
  link.href = `#task-${task}`;
  link.textContent = name;
  const td = cell("");
  td.append(link);
  return td;
}

function rowOf(task: number): HTMLTableRowElement {
  const row = tasks[task]!;
  const how = endings[row[ENDING]] ?? "";
  const times = row[ATTEMPTS] > 1 ? `, ${row[ATTEMPTS]} attempts` : "";
  const critical = row[IS_CRITICAL] ? [row[NOTE], "critical path"] : [row[NOTE]];
  const tr = document.createElement("tr");
  tr.append(
    nameCell(task),
    cell(how + times, `kind ${how}`),
    cell(row[TOOK] === null ? "" : formatDuration(row[TOOK]), "number"),
    cell(row[START] === null ? "" : formatDuration(row[START]), "number"),
    cell(row[THREAD] === null ? "" : `thread_${row[THREAD]}`),
    cell(critical.filter((it) => it !== "").join(" · ")),
  );
  return tr;
}

function showMore(): void {
  const from = body.childElementCount;
  body.append(...shown.slice(from, from + PAGE).map(rowOf));
  more.hidden = body.childElementCount >= shown.length;
}

function show(): void {
  const words = filter.value.toLowerCase().split(/\s+/).filter((word) => word !== "");
  const key = KEYS[order.key] ?? (() => 0);
  shown = [];
  for (const [task, row] of tasks.entries()) {
    if (ending.value !== "" && endings[row[ENDING]] !== ending.value) continue;
    const text = `${row[NAME]} ${row[NOTE]}`.toLowerCase();
    if (words.every((word) => text.includes(word))) shown.push(task);
  }
  const keys = tasks.map(key);
  const sign = order.isDown ? -1 : 1;
  shown.sort((a, b) => {
    const [x, y] = [keys[a] ?? 0, keys[b] ?? 0];
    return x === y ? a - b : x < y ? -sign : sign;
  });
  const others = tasks.length - taskCount;
  const more = others === 0 ? "" : ` and ${grouped(others)} set-ups and tear-downs`;
  const all = `${grouped(taskCount)} ${taskCount === 1 ? "task" : "tasks"}${more}`;
  count.textContent = shown.length < tasks.length ? `${grouped(shown.length)} of ${all}` : all;
  body.replaceChildren();
  showMore();
}

const heads = document.querySelectorAll<HTMLButtonElement>("th button");

function markOrder(): void {
  for (const head of heads) {
    const isKey = head.dataset.key === order.key;
    const direction = order.isDown ? "descending" : "ascending";
    head.parentElement?.setAttribute("aria-sort", isKey ? direction : "none");
  }
}

for (const head of heads) {
  head.addEventListener("click", () => {
    const key = head.dataset.key ?? "";
    // Durations are sorted longest first.
    order = { key, isDown: order.key === key ? !order.isDown : key === "took" };
    markOrder();
    show();
  });
}
more.addEventListener("click", showMore);
filter.addEventListener("input", show);
ending.addEventListener("change", show);
markOrder();
show();
