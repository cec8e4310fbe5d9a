// @ts-check
/// <reference lib="dom" />
/** The table of tasks: sortable by column, filtered by text, rendered in parts on demand. */

/** @typedef {import("./page_data.ts").PageData} PageData */
/** @typedef {import("./page_data.ts").TaskRow} TaskRow */

/** @type {PageData} */
const { tasks, endings } = JSON.parse(document.getElementById("data")?.textContent ?? "");

const PAGE = 200;
const NAME = 0;
const ENDING = 1;
const TOOK = 2;
const START = 3;
const THREAD = 4;
const ATTEMPTS = 5;
const NOTE = 6;
const IS_CRITICAL = 7;

/** Sort keys by column. @type {Record<string, (row: TaskRow) => string | number>} */
const KEYS = {
  name: (row) => row[NAME],
  outcome: (row) => row[ENDING],
  took: (row) => row[TOOK] ?? -1,
  start: (row) => row[START] ?? Infinity,
  thread: (row) => row[THREAD] ?? Infinity,
};

const body = /** @type {HTMLElement} */ (document.getElementById("rows"));
const filter = /** @type {HTMLInputElement} */ (document.getElementById("filter"));
const ending = /** @type {HTMLSelectElement} */ (document.getElementById("ending"));
const count = /** @type {HTMLElement} */ (document.getElementById("count"));
const more = /** @type {HTMLButtonElement} */ (document.getElementById("more"));

/** @type {{ key: string, isDown: boolean }} */
let order = { key: "start", isDown: false };
/** Indexes of the tasks in the table. @type {number[]} */
let shown = [];

/** @param {number} ms */
function duration(ms) {
  if (ms < 9.995) return `${ms.toFixed(2)}ms`;
  if (ms < 99.95) return `${ms.toFixed(1)}ms`;
  if (ms < 999.5) return `${ms.toFixed(0)}ms`;
  if (ms < 59_995) return `${(ms / 1000).toFixed(2)}s`;
  const seconds = Math.round(ms / 1000);
  return `${Math.floor(seconds / 60)}m ${String(seconds % 60).padStart(2, "0")}s`;
}

/** @param {number} number */
function grouped(number) {
  return number.toLocaleString("en-US");
}

/** @param {string} text @param {string} [kind] */
function cell(text, kind = "") {
  const td = document.createElement("td");
  td.className = kind;
  td.textContent = text;
  return td;
}

/** @param {number} task */
function nameCell(task) {
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

/** @param {number} task */
function rowOf(task) {
  const row = /** @type {TaskRow} */ (tasks[task]);
  const how = endings[row[ENDING]] ?? "";
  const times = row[ATTEMPTS] > 1 ? `, ${row[ATTEMPTS]} attempts` : "";
  const critical = row[IS_CRITICAL] ? [row[NOTE], "critical path"] : [row[NOTE]];
  const tr = document.createElement("tr");
  tr.append(
    nameCell(task),
    cell(how + times, `kind ${how}`),
    cell(row[TOOK] === null ? "" : duration(row[TOOK]), "number"),
    cell(row[START] === null ? "" : duration(row[START]), "number"),
    cell(row[THREAD] === null ? "" : `thread_${row[THREAD]}`),
    cell(critical.filter((it) => it !== "").join(" · ")),
  );
  return tr;
}

function showMore() {
  const from = body.childElementCount;
  body.append(...shown.slice(from, from + PAGE).map(rowOf));
  more.hidden = body.childElementCount >= shown.length;
}

function show() {
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
  const all = `${grouped(tasks.length)} ${tasks.length === 1 ? "task" : "tasks"}`;
  count.textContent = shown.length < tasks.length ? `${grouped(shown.length)} of ${all}` : all;
  body.replaceChildren();
  showMore();
}

/** @type {NodeListOf<HTMLButtonElement>} */
const heads = document.querySelectorAll("th button");

function markOrder() {
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
