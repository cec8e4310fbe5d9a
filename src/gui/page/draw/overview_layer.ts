/**
 * A picture of thousands of boxes that is kept between frames. Painting all of them takes longer
 * than a frame, so only tasks that have changed since the last frame are painted again. Boxes are
 * aligned to pixels of the screen: clearing one does not touch its neighbors.
 */
import type { DisplayStatus } from "../model/run_model.ts";
import type { GraphLayout } from "./graph_layout.ts";
import { DIMMED, type Overview } from "./paint_overview.ts";
import { type Palette, STRENGTH } from "./palette.ts";

/** Maximum size of a layer in pixels, to bound its memory: 32 MB. */
const PIXELS_MAX = 8_000_000;

/** The boxes of a graph at one scale. */
export class OverviewLayer {
  readonly #canvas = document.createElement("canvas");
  /** The painted status of each task, and whether it is dimmed. */
  #statuses: (DisplayStatus | undefined)[] = [];
  #dimmed: boolean[] = [];
  #layout: GraphLayout | undefined;
  #scale = 0;
  #colors: Palette | undefined;

  /** Whether the layer of a graph would be small enough. */
  static isPossible({ width, height }: GraphLayout, scale: number): boolean {
    return width * height * scale * scale <= PIXELS_MAX;
  }

  /**
   * Updates the picture.
   *
   * @param scale In pixels of the screen.
   */
  update(overview: Omit<Overview, "visible" | "scale">, scale: number, colors: Palette) {
    const { layout, statuses, isFound } = overview;
    if (layout !== this.#layout || scale !== this.#scale || colors !== this.#colors) {
      this.#reset(layout, scale, colors);
    }
    const changed = new Map<string, number[]>();
    for (let task = 0; task < layout.x.length; task++) {
      const status = statuses[task] ?? "waiting";
      const isDimmed = isFound !== undefined && !isFound(task);
      if (this.#statuses[task] === status && this.#dimmed[task] === isDimmed) continue;
      this.#statuses[task] = status;
      this.#dimmed[task] = isDimmed;
      const key = `${status} ${isDimmed}`;
      const group = changed.get(key);
      if (group) group.push(task);
      else changed.set(key, [task]);
    }
    for (const group of changed.values()) this.#paint(group);
    return this.#canvas;
  }

  #reset(layout: GraphLayout, scale: number, colors: Palette): void {
    this.#layout = layout;
    this.#scale = scale;
    this.#colors = colors;
    this.#statuses = [];
    this.#dimmed = [];
    // Setting the size clears the canvas.
    this.#canvas.width = Math.ceil(layout.width * scale);
    this.#canvas.height = Math.ceil(layout.height * scale);
  }

  /** Paints tasks that have the same status. */
  #paint(tasks: readonly number[]): void {
    const context = this.#canvas.getContext("2d")!;
    const { x, y, widths, boxHeight } = this.#layout!;
    const status = this.#statuses[tasks[0]!]!;
    context.fillStyle = this.#colors![status];
    context.globalAlpha = STRENGTH[status] * (this.#dimmed[tasks[0]!] ? DIMMED : 1);
    const pixel = (length: number) => Math.round(length * this.#scale);
    for (const task of tasks) {
      const [left, top] = [pixel(x[task]!), pixel(y[task]!)];
      const width = Math.max(1, pixel(x[task]! + widths[task]!) - left);
      const height = Math.max(1, pixel(y[task]! + boxHeight) - top);
      context.clearRect(left, top, width, height);
      context.fillRect(left, top, width, height);
    }
  }
}
