/**
 * Compares orders of tasks: the simulated duration of runs by several orders, relative to a lower
 * bound, on random graphs. Nothing is executed: the plan selects tasks, and time is counted.
 *
 *     deno task bench:quality [--graphs 200] [--write]
 */
import { parseArgs } from "node:util";
import { writeDocument } from "../peers/document.ts";
import { median, print, table } from "../peers/stats.ts";
import { lowerBound, makespan, remainingPath } from "./makespan.ts";
import { randomGraph, type TimedGraph, TIMES } from "./random_graphs.ts";

const { values } = parseArgs({
  args: Deno.args,
  options: {
    graphs: { type: "string", default: "200" },
    write: { type: "boolean", default: false },
  },
});

const WIDTHS = [3, 8, 20, 60];
const THREADS = [2, 4, 8, 16];

/** Priorities by task; the largest goes first. */
type Order = (timed: TimedGraph) => Float64Array;

const ones = (length: number) => new Float64Array(length).fill(1);

const ORDERS: Readonly<Record<string, Order>> = {
  "name": ({ graph }) => Float64Array.from(graph.names, (_, id) => -id),
  "as in the file": ({ places }) => Float64Array.from(places, (place) => -place),
  "path, each task 1": ({ graph }) => remainingPath(graph, ones(graph.size)),
  "path, times of another day": ({ graph, recordedMs }) => remainingPath(graph, recordedMs),
  "path, times known": ({ graph, durationMs }) => remainingPath(graph, durationMs),
  "longest task": ({ durationMs }) => durationMs,
};
const NAMES = Object.keys(ORDERS);

/** Makespans as multiples of the lower bound, by order. */
interface Trial {
  readonly threads: number;
  readonly width: number;
  readonly times: string;
  readonly ratios: readonly number[];
}

function trials(graphs: number): Trial[] {
  return Array.from({ length: graphs }, (_, seed) => {
    const width = WIDTHS[seed % WIDTHS.length]!;
    const times = TIMES[seed % TIMES.length]!;
    const timed = randomGraph(seed + 1, width, times);
    const { graph, durationMs } = timed;
    const ranks = NAMES.map((name) => ranksBy(ORDERS[name]!(timed)));
    return THREADS.map((threads): Trial => {
      const bound = lowerBound(graph, durationMs, threads);
      const ratios = ranks.map((it) => makespan(graph, durationMs, threads, it) / bound);
      return { threads, width, times, ratios };
    });
  }).flat();
}

/** Sorts the largest first; among equals the lowest id. */
function ranksBy(figures: Float64Array): Int32Array {
  const order = Array.from(figures.keys()).sort((a, b) => figures[b]! - figures[a]!);
  const ranks = new Int32Array(figures.length);
  for (const [rank, id] of order.entries()) ranks[id] = rank;
  return ranks;
}

function rowsBy(all: readonly Trial[], key: "threads" | "width" | "times"): string[][] {
  const groups = Map.groupBy(all, (trial) => trial[key]);
  return [...groups].map(([value, group]) => [
    `${key} ${value}`,
    ...NAMES.map((_, order) => figures(group.map(({ ratios }) => ratios[order]!))),
  ]);
}

function figures(ratios: readonly number[]): string {
  return `${median(ratios).toFixed(3)} (${worst(ratios).toFixed(2)})`;
}

function worst(ratios: readonly number[]): number {
  return ratios.reduce((most, ratio) => Math.max(most, ratio), 0);
}

/** The time that an order saves, compared with the order by name. */
function savings(all: readonly Trial[]): string[][] {
  return NAMES.slice(1).map((name, i) => {
    const parts = all.map(({ ratios }) => 1 - ratios[i + 1]! / ratios[0]!).sort((a, b) => a - b);
    const percent = (part: number) => `${(100 * part).toFixed(1)}%`;
    const at = (share: number) => percent(parts[Math.floor(share * (parts.length - 1))]!);
    const mean = percent(parts.reduce((sum, part) => sum + part, 0) / parts.length);
    return [name, mean, at(0.5), at(0.9), at(1), at(0)];
  });
}

const graphs = Number(values.graphs);
const all = trials(graphs);
const measured =
  `Simulated on ${graphs} random graphs of 40 to 400 tasks: ${WIDTHS.join(", ")} tasks a layer; ` +
  `times that are ${TIMES.join(", ")}; ${THREADS.join(", ")} threads. ` +
  "The same graphs each time, so the figures are the same everywhere.";
const ratiosText = [
  measured,
  "The duration of a run as a multiple of the lower bound, median and (worst):",
  table(["", ...NAMES], [
    ["all", ...NAMES.map((_, i) => figures(all.map(({ ratios }) => ratios[i]!)))],
    ...rowsBy(all, "threads"),
    ...rowsBy(all, "width"),
    ...rowsBy(all, "times"),
  ]),
].join("\n\n");
const text = [
  measured,
  "Time saved, compared with the order by name:",
  table(["", "mean", "median", "one in ten", "best", "worst"], savings(all)),
].join("\n\n");
print(`${ratiosText}\n\n${text}`);
if (values.write) {
  await writeDocument("quality", text);
  await writeDocument("quality", ratiosText, "bench/quality.md");
}
