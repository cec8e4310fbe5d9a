/** The graph, as it runs: to be moved, zoomed, searched and walked through with the keys. */
import { computed, signal } from "@preact/signals";
import { plural } from "../../../base/text_format.ts";
import { type Area, type Camera, fitted, showing, zoomed } from "../draw/camera.ts";
import { useCanvas } from "../draw/use_canvas.ts";
import {
  type GraphLayout,
  isSameGraph,
  layOutGraph,
  neighbour,
  taskAt,
} from "../draw/graph_layout.ts";
import { paintGraph, type Scene } from "../draw/graph_paint.ts";
import { html, htmlTag } from "./html_tag.ts";
import { countsText } from "../model/status_text.ts";
import { stripAnsi } from "../model/strip_ansi.ts";
import { frame } from "../model/displayed_run.ts";
import { matching, search, selected, selectedId, shown, tasks } from "../model/store.ts";

/** A run of the module has the same graph: it stays as it is. */
let laidOut: GraphLayout | undefined;
let wasNarrow: boolean | undefined;
const narrow = matchMedia("(max-width: 760px)");
const isNarrow = signal(narrow.matches);
narrow.addEventListener("change", () => isNarrow.value = narrow.matches);
const layout = computed<GraphLayout>(() => {
  const isSame = laidOut !== undefined && isSameGraph(laidOut.tasks, tasks.value);
  if (!isSame || wasNarrow !== isNarrow.value) {
    laidOut = layOutGraph(tasks.value, wasNarrow = isNarrow.value);
  }
  return laidOut!;
});
/** What is in sight, of which graph; as long as nobody has moved it, all is. */
const moved = signal<{ readonly of: GraphLayout; readonly camera: Camera } | null>(null);
const showsPath = signal(true);

/** What is searched for, if anything is. */
const found = computed(() => search.value.trim() === "" ? undefined : new Set(matching.value));

function cameraIn(view: Area): Camera {
  const { value } = moved;
  return value?.of === layout.value ? value.camera : fitted(layout.value, view);
}

function move(camera: Camera): void {
  moved.value = { of: layout.value, camera };
}

function scene(view: Area): Scene {
  const model = shown.value?.model;
  const among = found.value;
  return {
    layout: layout.value,
    camera: cameraIn(view),
    standings: model?.standings ?? [],
    path: model && showsPath.value ? model.path.tasks : [],
    selected: selectedId.value,
    isFound: among && ((task) => among.has(task)),
  };
}

/** See the head of this file. */
export function GraphView() {
  // What is drawn is read when it is drawn: to be drawn again, it has to be read here.
  for (const it of [frame, moved, found, showsPath, selectedId]) it.value;
  const hasTasks = tasks.value.length > 0;
  const canvas = useCanvas((sheet) => paintGraph(sheet, scene(sheet)));
  const area = () => areaOf(canvas.current!);
  const middle = () => ({ x: area().width / 2, y: area().height / 2 });
  const zoom = (factor: number, at = middle()) => move(zoomed(cameraIn(area()), factor, at));
  const select = (id: number) => {
    const { x, y, box, tasks } = layout.value;
    selected.value = tasks[id]?.name ?? null;
    if (id < 0) return;
    const [camera, view] = [cameraIn(area()), area()];
    const shifted = showing(camera, { x: x[id]!, y: y[id]!, ...box }, view);
    if (shifted.x !== camera.x || shifted.y !== camera.y) move(shifted);
  };
  const keys: Record<string, () => void> = {
    "+": () => zoom(1.25),
    "=": () => zoom(1.25),
    "-": () => zoom(0.8),
    "0": () => moved.value = null,
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const act = event.key.startsWith("Arrow")
      ? () => select(neighbour(layout.value, selectedId.value, event.key))
      : keys[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  };
  const model = shown.value?.model;
  const label = model ? countsText(model.view) : `${plural(tasks.value.length, "task")}, not run`;
  return html`<div class="graph-view">
    <${GraphTools} keys=${keys} select=${select} />
    <canvas ref=${canvas} id="graph" class="stage" tabindex="0" role="application" hidden=${!hasTasks}
      aria-label=${`Graph, ${label}. Arrow keys go along its lines; the tasks tab has it as a table`}
      onKeyDown=${onKeyDown} ...${pointing(zoom, select)}></canvas>
    ${!hasTasks && html`<${NoTasks} />`}
  </div>`;
}

function NoTasks() {
  const run = shown.value;
  if (run === null) {
    return html`
      <div class="empty">
        <p>Open a module to see its tasks.</p>
        <p class="soft">Type its path above: folders and modules are offered as you type.</p>
      </div>
    `;
  }
  return html`<div class="empty"><p>${run.link === "over" ? "No task has run." : "Starting…"}</p>
    ${run.end && html`<pre class="said">${stripAnsi(run.end.said)}</pre>`}</div>`;
}

function GraphTools({ keys, select }: {
  keys: Record<string, () => void>;
  select: (id: number) => void;
}) {
  const count = found.value?.size;
  return html`
    <div class="tools" role="group" aria-label="Graph">
      <label for="search">Search</label>
      <input id="search" type="search" placeholder="names and tags" value=${search.value}
        spellcheck=${false}
        onInput=${htmlTag(search)}
        onKeyDown=${(event: KeyboardEvent) => {
          if (event.key !== "Enter" || !found.value?.size) return;
          const ids = [...found.value];
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

/** Where a pointer went down; the view may be drawn anew before it comes up. */
let from: { readonly x: number; readonly y: number; readonly camera: Camera } | undefined;
let hasMoved = false;

/** Moving and zooming with the pointer; a click without a move selects. */
function pointing(
  zoom: (factor: number, at: { x: number; y: number }) => void,
  select: (id: number) => void,
) {
  return {
    onPointerDown(event: PointerEvent) {
      const camera = cameraIn(areaOf(event.target as Element));
      from = { x: event.offsetX, y: event.offsetY, camera };
      hasMoved = false;
      (event.target as Element).setPointerCapture(event.pointerId);
    },
    onPointerMove(event: PointerEvent) {
      if (from === undefined) return;
      const [dx, dy] = [event.offsetX - from.x, event.offsetY - from.y];
      if (Math.hypot(dx, dy) > 3) hasMoved = true;
      if (!hasMoved) return;
      move({ ...from.camera, x: from.camera.x + dx, y: from.camera.y + dy });
    },
    onPointerUp(event: PointerEvent) {
      const isClick = from !== undefined && !hasMoved;
      from = undefined;
      if (!isClick) return;
      const { x, y, scale } = cameraIn(areaOf(event.target as Element));
      const at = { x: (event.offsetX - x) / scale, y: (event.offsetY - y) / scale };
      select(taskAt(layout.value, at));
    },
    onPointerCancel: () => from = undefined,
    onWheel(event: WheelEvent) {
      event.preventDefault();
      zoom(event.deltaY < 0 ? 1.12 : 1 / 1.12, { x: event.offsetX, y: event.offsetY });
    },
  };
}
