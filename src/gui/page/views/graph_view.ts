/** Graph tab. */
import { computed, signal } from "@preact/signals";
import { plural } from "../../../base/text_format.ts";
import { type Area, type Camera, fitCamera, panToBox, zoomCamera } from "../draw/camera.ts";
import { useCanvas } from "../draw/use_canvas.ts";
import {
  type GraphLayout,
  isSameGraph,
  layOutGraph,
  neighbor,
  taskAt,
} from "../draw/graph_layout.ts";
import { paintGraph, type Scene } from "../draw/paint_graph.ts";
import { bindInput, html } from "./html_tag.ts";
import { countsText } from "../model/status_text.ts";
import { stripAnsi } from "../model/strip_ansi.ts";
import { frame } from "../model/displayed_run.ts";
import { matching, search, selected, selectedId, shown, tasks } from "../model/store.ts";

/** The last layout: kept while the graph stays the same, as for a run of the module. */
let cachedLayout: GraphLayout | undefined;
let wasNarrow: boolean | undefined;
const narrow = matchMedia("(max-width: 760px)");
const isNarrow = signal(narrow.matches);
narrow.addEventListener("change", () => isNarrow.value = narrow.matches);
const layout = computed<GraphLayout>(() => {
  const isSame = cachedLayout !== undefined && isSameGraph(cachedLayout.tasks, tasks.value);
  if (!isSame || wasNarrow !== isNarrow.value) {
    cachedLayout = layOutGraph(tasks.value, wasNarrow = isNarrow.value);
  }
  return cachedLayout!;
});
/** The camera that the user has set, and its layout; null fits the whole graph. */
const cameraOverride = signal<{ readonly of: GraphLayout; readonly camera: Camera } | null>(null);
const showsPath = signal(true);

/** The tasks that match the search; undefined without a search. */
const matches = computed(() => search.value.trim() === "" ? undefined : new Set(matching.value));

function currentCamera(view: Area): Camera {
  const { value } = cameraOverride;
  return value?.of === layout.value ? value.camera : fitCamera(layout.value, view);
}

function move(camera: Camera): void {
  cameraOverride.value = { of: layout.value, camera };
}

function scene(view: Area): Scene {
  const model = shown.value?.model;
  const matched = matches.value;
  return {
    layout: layout.value,
    camera: currentCamera(view),
    statuses: model?.statuses ?? [],
    path: model && showsPath.value ? model.path.tasks : [],
    selected: selectedId.value,
    isFound: matched && ((task) => matched.has(task)),
  };
}

/** The graph with live statuses: pan, zoom, search, and navigation by keys. */
export function GraphView() {
  // The canvas reads these signals outside of rendering: reading them here subscribes to them.
  for (const it of [frame, cameraOverride, matches, showsPath, selectedId]) it.value;
  const hasTasks = tasks.value.length > 0;
  const canvas = useCanvas((surface) => paintGraph(surface, scene(surface)));
  const area = () => areaOf(canvas.current!);
  const middle = () => ({ x: area().width / 2, y: area().height / 2 });
  const zoom = (factor: number, at = middle()) =>
    move(zoomCamera(currentCamera(area()), factor, at));
  const select = (id: number) => {
    const { x, y, box, tasks } = layout.value;
    selected.value = tasks[id]?.name ?? null;
    if (id < 0) return;
    const [camera, view] = [currentCamera(area()), area()];
    const shifted = panToBox(camera, { x: x[id]!, y: y[id]!, ...box }, view);
    if (shifted.x !== camera.x || shifted.y !== camera.y) move(shifted);
  };
  const keys: Record<string, () => void> = {
    "+": () => zoom(1.25),
    "=": () => zoom(1.25),
    "-": () => zoom(0.8),
    "0": () => cameraOverride.value = null,
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const action = event.key.startsWith("Arrow")
      ? () => select(neighbor(layout.value, selectedId.value, event.key))
      : keys[event.key];
    if (!action) return;
    event.preventDefault();
    action();
  };
  const model = shown.value?.model;
  const label = model ? countsText(model.view) : `${plural(tasks.value.length, "task")}, not run`;
  return html`<div class="graph-view">
    <${GraphTools} keys=${keys} select=${select} />
    <canvas ref=${canvas} id="graph" class="stage" tabindex="0" role="application" hidden=${!hasTasks}
      aria-label=${`Graph, ${label}. Arrow keys follow the lines; the Tasks tab has a table`}
      onKeyDown=${onKeyDown} ...${pointerHandlers(zoom, select)}></canvas>
    ${!hasTasks && html`<${NoTasks} />`}
  </div>`;
}

function NoTasks() {
  const run = shown.value;
  if (run === null) {
    return html`
      <div class="empty">
        <p>Open a module to see its tasks.</p>
        <p class="soft">Type its path above: folders and modules are completed as you type.</p>
      </div>
    `;
  }
  return html`<div class="empty"><p>${
    run.connection === "ended" ? "No task has run." : "Starting…"
  }</p>
    ${run.end && html`<pre class="output-text">${stripAnsi(run.end.output)}</pre>`}</div>`;
}

function GraphTools({ keys, select }: {
  keys: Record<string, () => void>;
  select: (id: number) => void;
}) {
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
      <button type="button" id="zoom-out" aria-label="Zoom out" onClick=${keys["-"]}>−</button>
      <button type="button" id="zoom-in" aria-label="Zoom in" onClick=${keys["+"]}>+</button>
      <button type="button" id="fit" onClick=${keys["0"]}>Fit</button>
    </div>
  `;
}

function areaOf({ clientWidth: width, clientHeight: height }: Element): Area {
  return { width, height };
}

/** Start of a drag: at module level, since the view may be rendered before the pointer is up. */
let dragStart: { readonly x: number; readonly y: number; readonly camera: Camera } | undefined;
let hasMoved = false;

/** Pans and zooms by pointer; a click without a move selects. */
function pointerHandlers(
  zoom: (factor: number, at: { x: number; y: number }) => void,
  select: (id: number) => void,
) {
  return {
    onPointerDown(event: PointerEvent) {
      const camera = currentCamera(areaOf(event.target as Element));
      dragStart = { x: event.offsetX, y: event.offsetY, camera };
      hasMoved = false;
      (event.target as Element).setPointerCapture(event.pointerId);
    },
    onPointerMove(event: PointerEvent) {
      if (dragStart === undefined) return;
      const [dx, dy] = [event.offsetX - dragStart.x, event.offsetY - dragStart.y];
      if (Math.hypot(dx, dy) > 3) hasMoved = true;
      if (!hasMoved) return;
      move({ ...dragStart.camera, x: dragStart.camera.x + dx, y: dragStart.camera.y + dy });
    },
    onPointerUp(event: PointerEvent) {
      const isClick = dragStart !== undefined && !hasMoved;
      dragStart = undefined;
      if (!isClick) return;
      const { x, y, scale } = currentCamera(areaOf(event.target as Element));
      const at = { x: (event.offsetX - x) / scale, y: (event.offsetY - y) / scale };
      select(taskAt(layout.value, at));
    },
    onPointerCancel: () => dragStart = undefined,
    onWheel(event: WheelEvent) {
      event.preventDefault();
      zoom(event.deltaY < 0 ? 1.12 : 1 / 1.12, { x: event.offsetX, y: event.offsetY });
    },
  };
}
