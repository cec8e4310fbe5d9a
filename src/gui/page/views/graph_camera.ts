/** The layout of the shown graph, and the part of it that is visible. */
import { computed, signal } from "@preact/signals";
import {
  type Area,
  type Camera,
  centerCamera,
  firstCamera,
  fitCamera,
  panToBox,
  zoomCamera,
} from "../draw/camera.ts";
import { type GraphLayout, isSameGraph, layOutGraph } from "../draw/graph_layout.ts";
import { tasks } from "../model/store.ts";

/** The size of the canvas, as it was drawn last. */
export const view = signal<Area>({ width: 800, height: 500 });

/**
 * The proportions of the view, in steps: the layout depends on them, and should stay the same while
 * the window is resized a little.
 */
const proportions = computed(() => Math.round(3 * Math.log2(view.value.width / view.value.height)));

/** The last layout: kept while the graph stays the same, as for a run of the module. */
let cached: { readonly layout: GraphLayout; readonly proportions: number } | undefined;

/** The layout of the graph, for the proportions of the view. */
export const layout = computed<GraphLayout>(() => {
  const isCurrent = cached?.proportions === proportions.value &&
    isSameGraph(cached.layout.tasks, tasks.value);
  if (!isCurrent) {
    const made = layOutGraph(tasks.value, view.peek());
    cached = { layout: made, proportions: proportions.value };
  }
  return cached!.layout;
});

/** The choice of the user for a layout: all of it, or a part. */
interface Choice {
  readonly of: GraphLayout;
  readonly camera: Camera | "all";
}

/** Null for the first camera of a layout. */
const choice = signal<Choice | null>(null);

/** The visible part of the graph. */
export const camera = computed<Camera>(() => {
  const chosen = choice.value?.of === layout.value ? choice.value.camera : undefined;
  if (typeof chosen === "object") return chosen;
  const isWhole = chosen === "all" || layout.value.hasColumns;
  return isWhole ? fitCamera(layout.value, view.value) : firstCamera(layout.value, view.value);
});

/** Shows another part of the graph. */
export function moveCamera(to: Camera | "all"): void {
  choice.value = { of: layout.value, camera: to };
}

/** Zooms, while a point of the view stays in place: its middle, unless one is given. */
export function zoomBy(factor: number, at = middleOf(view.value)): void {
  moveCamera(zoomCamera(camera.value, factor, at));
}

/** Shows the surroundings of a point of the graph. */
export function centerOn(at: { readonly x: number; readonly y: number }): void {
  moveCamera(centerCamera(camera.value, at, view.value));
}

/** Moves the graph as little as possible so that a task is visible. */
export function panToTask(id: number): void {
  const { x, y, widths, boxHeight } = layout.value;
  if (x[id] === undefined) return;
  const box = { x: x[id], y: y[id]!, width: widths[id]!, height: boxHeight };
  const current = camera.value;
  const shifted = panToBox(current, box, view.value);
  if (shifted.x !== current.x || shifted.y !== current.y) moveCamera(shifted);
}

/** The point of the graph at a point of the view. */
export function graphPoint(offsetX: number, offsetY: number): { x: number; y: number } {
  const { x, y, scale } = camera.value;
  return { x: (offsetX - x) / scale, y: (offsetY - y) / scale };
}

function middleOf({ width, height }: Area): { x: number; y: number } {
  return { x: width / 2, y: height / 2 };
}
