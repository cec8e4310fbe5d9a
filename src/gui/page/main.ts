/** Entry point of the page. `deno task bundle:ui` bundles it with its dependencies. */
import { effect } from "@preact/signals";
import { render } from "preact";
import { openFile, showPlace, startSession } from "./model/actions.ts";
import { App } from "./views/app.ts";
import { html } from "./views/html_tag.ts";
import { frame, redraw } from "./model/displayed_run.ts";
import { startRun } from "./client/start_run.ts";
import { moduleLabel } from "./views/run_label.ts";
import { titleIcon } from "./views/status_bar.ts";
import { followPlace, parseFragment } from "./model/url_fragment.ts";
import { opened, selected, settings, shown, tab } from "./model/store.ts";

render(html`<${App} />`, document.getElementById("app")!);

/** Interval at which elapsed times of an active run are redrawn, in ms. */
const TICK_MS = 100;
setInterval(() => {
  const run = shown.value;
  if (run !== null && run.connection === "live" && !run.model.isFinished) redraw();
}, TICK_MS);

effect(() => {
  frame.value;
  const module = shown.value?.info?.request.module ?? opened.value?.module;
  document.title = `${titleIcon()}${module === undefined ? "tdrun" : moduleLabel(module)}`;
});

addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    const dialog = document.querySelector<HTMLFormElement>("dialog[open] form");
    if (dialog) dialog.requestSubmit();
    else void startRun();
  } else if (event.key === "/" && !isTyping(event.target)) {
    event.preventDefault();
    const id = { tasks: "task-search", log: "log-search" }[tab.value as string] ?? "search";
    if (id === "search") tab.value = "graph";
    // The field exists after the tab is rendered.
    queueMicrotask(() => document.getElementById(id)?.focus());
  } else if (event.key === "Escape" && !isTyping(event.target)) selected.value = null;
  // A search that has a text is cleared by the browser.
  else if (event.key === "Escape" && isEmptySearch(event.target)) selected.value = null;
});

function isEmptySearch(target: EventTarget | null): boolean {
  return target instanceof HTMLInputElement && target.type === "search" && target.value === "";
}

function isTyping(target: EventTarget | null): boolean {
  const fields = [HTMLInputElement, HTMLTextAreaElement, HTMLSelectElement];
  return fields.some((it) => target instanceof it) ||
    (target instanceof Element && target.closest("dialog") !== null);
}

addEventListener("dragover", (event) => {
  event.preventDefault();
  document.body.classList.add("dropping");
});
addEventListener("dragleave", (event) => {
  if (event.relatedTarget === null) document.body.classList.remove("dropping");
});
addEventListener("drop", (event) => {
  event.preventDefault();
  document.body.classList.remove("dropping");
  const [file] = event.dataTransfer?.files ?? [];
  if (file) void openFile(file);
});

addEventListener("hashchange", () => void showPlace(parseFragment(location.hash)));

await startSession(parseFragment(location.hash));
followPlace();
if (settings.module.value === "") document.getElementById("module")?.focus();
