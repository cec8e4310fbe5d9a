/** Random graphs of tasks with random durations. */
import { Graph } from "../../../src/graph/graph.ts";
import { randomNumbers } from "../peers/dags.ts";

/** A graph whose tasks have known durations. */
export interface TimedGraph {
  readonly graph: Graph;
  /** By id. */
  readonly durationMs: Float64Array;
  /** The durations in another run: the same, except for a random factor. */
  readonly recordedMs: Float64Array;
  /** By id: the position of the task in the file, after its dependencies. */
  readonly places: Int32Array;
  /** Approximate number of tasks in a layer. */
  readonly width: number;
}

/** Distributions of durations. */
export const TIMES = ["even", "skewed", "few long"] as const;
/** See {@linkcode TIMES}. */
export type Times = typeof TIMES[number];

const TASKS_MIN = 40;
const TASKS_MAX = 400;
/** The spread of durations between runs, as the standard deviation of a factor's logarithm. */
const DAY_SPREAD = 0.3;

/** Creates a graph; the same seed creates the same graph. */
export function randomGraph(seed: number, width: number, times: Times): TimedGraph {
  const random = randomNumbers(Math.imul(seed, 0x9e3779b1) ^ 0x6d2b79f5);
  for (let i = 0; i < 8; i++) random(); // the first numbers of adjacent seeds are similar
  const count = TASKS_MIN + Math.floor(random() * (TASKS_MAX - TASKS_MIN));
  const layers: number[][] = [];
  const after: number[][] = [];
  while (after.length < count) {
    const size = Math.min(count - after.length, 1 + Math.floor(random() * (2 * width - 1)));
    const layer = Array.from({ length: size }, (_, i) => after.length + i);
    for (const _ of layer) after.push(parents(random, layers));
    layers.push(layer);
  }
  // Names are independent of the order: ids, which follow the names, are shuffled.
  const idOf = shuffled(random, count);
  const name = (place: number) => `t${String(idOf[place]).padStart(4, "0")}`;
  const graph = Graph.from(after.map((places, place) => ({
    name: name(place),
    after: places.map(name),
    tags: [],
    withState: false,
  })));
  const durationMs = Float64Array.from({ length: count }, () => duration(random, times));
  const recordedMs = durationMs.map((ms) => ms * Math.exp(DAY_SPREAD * normal(random)));
  const places = new Int32Array(count);
  for (const [place, id] of idOf.entries()) places[id] = place;
  return { graph, durationMs, recordedMs, places, width };
}

/** Picks one to three dependencies, mostly in the previous layer. */
function parents(random: () => number, layers: readonly (readonly number[])[]): number[] {
  if (layers.length === 0) return [];
  const chosen = Array.from({ length: 1 + Math.floor(random() * 3) }, () => {
    const layer = random() < 0.8 ? layers.at(-1)! : layers[Math.floor(random() * layers.length)]!;
    return layer[Math.floor(random() * layer.length)]!;
  });
  return [...new Set(chosen)];
}

function duration(random: () => number, times: Times): number {
  switch (times) {
    case "even":
      return 1 + 9 * random();
    case "skewed":
      return Math.exp(normal(random)) * 5;
    case "few long":
      return random() < 0.05 ? 100 : 5;
  }
}

/** A normally distributed number, as the sum of twelve uniform ones. */
function normal(random: () => number): number {
  let sum = -6;
  for (let i = 0; i < 12; i++) sum += random();
  return sum;
}

function shuffled(random: () => number, count: number): number[] {
  const list = Array.from({ length: count }, (_, i) => i);
  for (let i = count - 1; i > 0; i--) {
    const other = Math.floor(random() * (i + 1));
    [list[i], list[other]] = [list[other]!, list[i]!];
  }
  return list;
}
