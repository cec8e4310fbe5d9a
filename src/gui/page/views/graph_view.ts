/** Graph tab. */
import { computed, signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { plural } from "../../../base/text_format.ts";
import { formatDuration } from "../../../base/duration.ts";
import { wheelFactor } from "../draw/camera.ts";
import { neighbor, taskAt } from "../draw/graph_layout.ts";
import { OverviewLayer } from "../draw/overview_layer.ts";
import { paintGraph } from "../draw/paint_graph.ts";
import { type CanvasSurface, useCanvas } from "../draw/use_canvas.ts";
import { frame } from "../model/displayed_run.ts";
import { countsText, kindText, outcomeNote, STATUS_ICONS } from "../model/status_text.ts";
import { stripAnsi } from "../model/strip_ansi.ts";
import {
  matching,
  opened,
  search,
  selected,
  selectedId,
  shown,
  taskCount,
  tasks,
} from "../model/store.ts";
import { camera, graphPoint, layout, moveCamera, panToTask, view, zoomBy } from "./graph_camera.ts";
import { FirstScreen } from "./first_screen.ts";
import { bindInput, html } from "./html_tag.ts";
import { Minimap } from "./minimap.ts";
import { Tooltip } from "./tooltip.ts";

const showsPath = signal(true);
/** The task below the pointer, and the position of the pointer on the canvas. */
const hovered = signal<{ readonly task: number; readonly x: number; readonly y: number } | null>(
  null,
);

/** The tasks that match the search; undefined without a search. */
const matches = computed(() => search.value.trim() === "" ? undefined : new Set(matching.value));

const layer = new OverviewLayer();

function draw(surface: CanvasSurface): void {
  const { width, height } = surface;
  if (width !== view.value.width || height !== view.value.height) view.value = { width, height };
  const model = shown.value?.model;
  const matched = matches.value;
  paintGraph(surface, {
    layout: layout.value,
    camera: camera.value,
    statuses: model?.statuses ?? [],
    path: model && showsPath.value ? model.path.tasks : [],
    selected: selectedId.value,
    isFound: matched && ((task) => matched.has(task)),
    layer,
  });
}

function select(id: number): void {
  selected.value = tasks.value[id]?.name ?? null;
}

const KEYS: Readonly<Record<string, () => void>> = {
  "+": () => zoomBy(1.25),
  "=": () => zoomBy(1.25),
  "-": () => zoomBy(0.8),
  "0": () => moveCamera("all"),
};

function onKeyDown(event: KeyboardEvent): void {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const action = event.key.startsWith("Arrow")
    ? () => select(neighbor(layout.value, selectedId.value, event.key))
    : KEYS[event.key];
  if (!action) return;
  event.preventDefault();
  action();
}

/** The graph with live statuses: pan, zoom, search, and navigation by keys. */
export function GraphView() {
  // The canvas reads these signals outside of rendering: reading them here subscribes to them.
  for (const it of [frame, camera, matches, showsPath, selectedId]) it.value;
  const hasTasks = tasks.value.length > 0;
  const canvas = useCanvas(draw);
  // A task that was selected anywhere on the page becomes visible.
  useEffect(() => {
    if (selectedId.value >= 0) panToTask(selectedId.value);
  }, [selectedId.value, layout.value]);
  const model = shown.value?.model;
  const label = model ? countsText(model.view) : `${plural(taskCount.value, "task")}, not run`;
  const cursor = hovered.value === null ? "" : "pointer";
  return html`<div class="graph-view">
    ${hasTasks && html`<${GraphTools} />`}
    <div class="stage-box" hidden=${!hasTasks}>
      <canvas ref=${canvas} id="graph" class="stage" tabindex="0" role="application" style=${{
    cursor,
  }}
        aria-label=${`Graph, ${label}. Arrow keys follow the lines; the Tasks tab has a table`}
        onKeyDown=${onKeyDown} ...${POINTER_HANDLERS}></canvas>
      <${Minimap} />
      <${TaskTooltip} />
    </div>
    ${!hasTasks && html`<${NoTasks} />`}
  </div>`;
}

function TaskTooltip() {
  const at = hovered.value;
  const task = at && layout.value.tasks[at.task];
  if (!at || !task) return null;
  const model = shown.value?.model;
  const status = model?.statuses[at.task];
  const tookMs = model?.view.tookMs[at.task];
  const took = tookMs === undefined ? "" : `, ${formatDuration(tookMs)}`;
  const lines = [
    model && status ? `${STATUS_ICONS[status]} ${status}${took}` : "not run",
    model ? outcomeNote(model.view.outcomes[at.task], model.view) : "",
    kindText(task),
    task.tags.length > 0 ? `tags: ${task.tags.join(", ")}` : "",
  ];
  return html`<${Tooltip} x=${at.x} y=${at.y} title=${task.name} lines=${lines} />`;
}

function NoTasks() {
  const run = shown.value;
  if (run === null) return opened.value === null ? html`<${FirstScreen} />` : noTasks();
  return html`<div class="empty"><p>${
    run.connection === "ended" ? "No task has run." : "Starting…"
  }</p>
    ${run.end && html`<pre class="output-text">${stripAnsi(run.end.output)}</pre>`}</div>`;
}

function noTasks() {
  return html`
    <div class="empty">
      <p>The module has no tasks.</p>
    </div>
  `;
}

function GraphTools() {
  const count = matches.value?.size;
  return html`
    <div class="tools" role="group" aria-label="Graph">
      <label for="search">Search</label>
      <input id="search" type="search" placeholder="names and tags" value=${search.value}
        spellcheck=${false}
        onInput=${bindInput(search)}
        onKeyDown=${(event: KeyboardEvent) => {
          if (event.key !== "Enter" || !matches.value?.size) return;
          const ids = [...matches.value];
          select(ids[(ids.indexOf(selectedId.value) + 1) % ids.length]!);
        }} />
      <output class="soft" for="search" id="found">${count === undefined
        ? ""
        : `${count} found`}</output>
      <span class="gap"></span>
      <label class="check" for="show-path"><input id="show-path" type="checkbox"
          checked=${showsPath.value} onChange=${() => showsPath.value = !showsPath.value} />
          Critical path</label>
      <button type="button" id="zoom-out" aria-label="Zoom out" onClick=${KEYS["-"]}>−</button>
      <button type="button" id="zoom-in" aria-label="Zoom in" onClick=${KEYS["+"]}>+</button>
      <button type="button" id="fit" onClick=${KEYS["0"]}>Fit</button>
    </div>
  `;
}

/** Start of a drag: at module level, since the view may be rendered before the pointer is up. */
let dragStart: { readonly x: number; readonly y: number } | undefined;
let hasMoved = false;

/** Pans and zooms by pointer; a click without a move selects. */
const POINTER_HANDLERS = {
  onPointerDown(event: PointerEvent) {
    dragStart = { x: event.offsetX - camera.value.x, y: event.offsetY - camera.value.y };
    hasMoved = false;
    (event.target as Element).setPointerCapture(event.pointerId);
  },
  onPointerMove(event: PointerEvent) {
    const { offsetX: x, offsetY: y } = event;
    if (dragStart === undefined) {
      const task = taskAt(layout.value, graphPoint(x, y));
      if (task >= 0 || hovered.value !== null) hovered.value = task < 0 ? null : { task, x, y };
      return;
    }
    const moved = { x: x - dragStart.x, y: y - dragStart.y };
    if (Math.hypot(moved.x - camera.value.x, moved.y - camera.value.y) > 3) hasMoved = true;
    if (!hasMoved) return;
    hovered.value = null;
    moveCamera({ ...camera.value, ...moved });
  },
  onPointerUp(event: PointerEvent) {
    const isClick = dragStart !== undefined && !hasMoved;
    dragStart = undefined;
    if (isClick) select(taskAt(layout.value, graphPoint(event.offsetX, event.offsetY)));
  },
  onPointerLeave: () => hovered.value = null,
  onPointerCancel: () => dragStart = undefined,
  onWheel(event: WheelEvent) {
    event.preventDefault();
    hovered.value = null;
    zoomBy(wheelFactor(event), { x: event.offsetX, y: event.offsetY });
  },
};
