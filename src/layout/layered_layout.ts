/**
 * A layered layout of the task graph (Sugiyama): tasks in layers by the longest path to them, long
 * lines with a bend in each layer, few crossings, and coordinates near those of the neighbors.
 * Pure: the same graph has the same picture in the HTML report and in the web UI.
 */
import { assignCoordinates } from "./assign_coordinates.ts";
import { insertBends, type LayeredGraph } from "./insert_bends.ts";
import { levelsOf, type TaskEdges } from "./levels.ts";
import { reduceCrossings } from "./reduce_crossings.ts";

/** A width and a height. */
export interface Size {
  readonly width: number;
  readonly height: number;
}

/** A point of a line. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

/** Input of {@linkcode layeredLayout} beyond the graph. */
export interface LayoutOptions {
  /** Whether dependents are below their dependencies, rather than to the right. */
  readonly isVertical: boolean;
  /** The size of the box of a task. */
  readonly boxOf: (task: number) => Size;
  /** The gap between two layers. */
  readonly layerGap: number;
  /** The gap between two boxes of a layer. */
  readonly boxGap: number;
  /** The gap between a line and a box or another line. */
  readonly lineGap: number;
}

/**
 * A piece of the lines from one task: to the next fork, or to a dependent. Two points at the same
 * place across the layers are joined by a straight line, others by a curve.
 */
export interface Line {
  readonly from: number;
  /** The dependents to which the piece leads. */
  readonly to: readonly number[];
  readonly points: readonly Point[];
}

/** The picture of a graph, from 0. */
export interface LayeredLayout {
  /** Upper left corners, by task. */
  readonly x: Float64Array;
  readonly y: Float64Array;
  readonly width: number;
  readonly height: number;
  readonly lines: readonly Line[];
}

/** Maximum number of bends; beyond it, lines run straight: they could not be followed anyway. */
const BENDS_MAX = 20_000;
const BEND_SIZE = 2;
/** Width to height of the block of tasks without lines: that of screens. */
const BLOCK_RATIO = 1.6;

/** Maximum number of tasks and of lines of a graph whose lines can be followed. */
const READABLE_MAX = { tasks: 500, lines: 3000 };

/** Whether the lines of a graph can be followed when all of them are drawn. */
export function hasReadableLines(tasks: readonly TaskEdges[]): boolean {
  const lines = tasks.reduce((sum, { after }) => sum + after.length, 0);
  return tasks.length <= READABLE_MAX.tasks && lines <= READABLE_MAX.lines;
}

/** Computes the layout of a graph. */
export function layeredLayout(
  tasks: readonly TaskEdges[],
  options: LayoutOptions,
): LayeredLayout {
  return new Drawing(tasks, options).layout();
}

/** A drawing in progress: `along` the layers is x from left to right, or y from top to bottom. */
class Drawing {
  readonly #graph: LayeredGraph;
  readonly #options: LayoutOptions;
  /** Tasks without dependencies and dependents. */
  readonly #isolated: readonly number[];
  /** The end of each layer. */
  readonly #ends: number[] = [];
  /** By node: its layer, its upper or left end along the layers, its center across them. */
  readonly #layerOf: Int32Array;
  readonly #along: Float64Array;
  #across: Float64Array;

  constructor(tasks: readonly TaskEdges[], options: LayoutOptions) {
    const hasDependents = new Uint8Array(tasks.length);
    for (const { after } of tasks) for (const it of after) hasDependents[it] = 1;
    const isIsolated = (task: number) => !hasDependents[task] && tasks[task]?.after.length === 0;
    this.#options = options;
    this.#isolated = Array.from(tasks.keys()).filter(isIsolated);
    const graph = insertBends(tasks, levelsOf(tasks), BENDS_MAX);
    const layers = graph.layers.map((layer) => layer.filter((node) => !isIsolated(node)))
      .filter((layer) => layer.length > 0);
    this.#graph = { ...graph, layers };
    this.#layerOf = new Int32Array(graph.before.length);
    this.#along = new Float64Array(graph.before.length);
    this.#across = new Float64Array(graph.before.length);
  }

  layout(): LayeredLayout {
    this.#placeLayers();
    this.#placeIsolated();
    const { isVertical, boxOf } = this.#options;
    const { taskCount } = this.#graph;
    const x = new Float64Array(taskCount);
    const y = new Float64Array(taskCount);
    let [width, height] = [0, 0];
    for (let task = 0; task < taskCount; task++) {
      const box = boxOf(task);
      const center = this.#across[task]!;
      x[task] = isVertical ? Math.round(center - box.width / 2) : this.#along[task]!;
      y[task] = isVertical ? this.#along[task]! : Math.round(center - box.height / 2);
      width = Math.max(width, x[task]! + box.width);
      height = Math.max(height, y[task]! + box.height);
    }
    const lines = this.#lines();
    for (const { points } of lines) {
      for (const point of points) {
        width = Math.max(width, point.x);
        height = Math.max(height, point.y);
      }
    }
    return { x, y, width, height, lines };
  }

  #sizeAlong(task: number): number {
    const { width, height } = this.#options.boxOf(task);
    return this.#options.isVertical ? height : width;
  }

  #sizeAcross(task: number): number {
    if (task >= this.#graph.taskCount) return BEND_SIZE;
    const { width, height } = this.#options.boxOf(task);
    return this.#options.isVertical ? width : height;
  }

  #placeLayers(): void {
    const { boxGap, lineGap, layerGap } = this.#options;
    const layers = reduceCrossings(this.#graph);
    const size = (node: number) => this.#sizeAcross(node);
    this.#across = assignCoordinates(this.#graph, layers, { size, boxGap, lineGap });
    let start = 0;
    for (const [level, layer] of layers.entries()) {
      const boxes = layer.filter((node) => node < this.#graph.taskCount);
      const length = boxes.reduce((most, task) => Math.max(most, this.#sizeAlong(task)), 0);
      for (const node of layer) [this.#layerOf[node], this.#along[node]] = [level, start];
      this.#ends.push(start + length);
      start += length + layerGap;
    }
  }

  /** Places the tasks without lines in a block beside the layers: as a layer it would be long. */
  #placeIsolated(): void {
    const tasks = this.#isolated;
    const { isVertical, boxGap, layerGap } = this.#options;
    const most = (sizes: number[]) => sizes.reduce((a, b) => Math.max(a, b), 0);
    const length = most(tasks.map((task) => this.#sizeAlong(task)));
    const breadth = most(tasks.map((task) => this.#sizeAcross(task))) + boxGap;
    const pitch = length + (this.#ends.length > 0 ? layerGap : boxGap);
    const ratio = isVertical ? 1 / BLOCK_RATIO : BLOCK_RATIO;
    const square = Math.ceil(Math.sqrt(tasks.length * breadth / pitch * ratio));
    const columns = Math.max(this.#ends.length, square, 1);
    let below = 0;
    for (const layer of this.#graph.layers) {
      for (const node of layer) {
        const end = this.#across[node]! + this.#sizeAcross(node) / 2 + 2 * boxGap;
        below = Math.max(below, end);
      }
    }
    for (const [i, task] of tasks.entries()) {
      this.#along[task] = i % columns * pitch;
      this.#across[task] = below + Math.floor(i / columns) * breadth + (breadth - boxGap) / 2;
    }
  }

  #point(along: number, node: number): Point {
    const across = Math.round(this.#across[node]!);
    return this.#options.isVertical ? { x: across, y: along } : { x: along, y: across };
  }

  /** The point at which lines arrive at a node. */
  #entry(node: number): Point {
    return this.#point(this.#along[node]!, node);
  }

  /** The points at which lines leave a node, and its layer. */
  #exits(node: number): Point[] {
    const layerEnd = this.#ends[this.#layerOf[node]!]!;
    const isTask = node < this.#graph.taskCount;
    const end = isTask ? this.#along[node]! + this.#sizeAlong(node) : layerEnd;
    return end === layerEnd
      ? [this.#point(end, node)]
      : [this.#point(end, node), this.#point(layerEnd, node)];
  }

  /** The pieces of all lines: from each task and each fork to the next fork or task. */
  #lines(): Line[] {
    const { next, origins, taskCount } = this.#graph;
    const lines: Line[] = [];
    for (const [node, ends] of next.entries()) {
      if (node >= taskCount && ends.length === 1) continue;
      for (const first of ends) {
        const points = this.#exits(node);
        let last = first;
        points.push(this.#entry(last));
        while (last >= taskCount) {
          points.push(...this.#exits(last));
          if (next[last]!.length > 1) break;
          last = next[last]![0]!;
          points.push(this.#entry(last));
        }
        lines.push({ from: origins[node]!, to: dependentsBehind(last, next, taskCount), points });
      }
    }
    return lines;
  }
}

/** The tasks to which the lines through a node lead; a task leads to itself. */
function dependentsBehind(
  node: number,
  next: readonly (readonly number[])[],
  taskCount: number,
): number[] {
  if (node < taskCount) return [node];
  const found: number[] = [];
  const open = [node];
  for (let it = open.pop(); it !== undefined; it = open.pop()) {
    if (it < taskCount) found.push(it);
    else for (const one of next[it]!) open.push(one);
  }
  return found;
}
