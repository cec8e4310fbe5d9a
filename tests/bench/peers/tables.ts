/** Markdown tables of the figures. */
import { ASYNC, type Cell, cellName, COUNTER, CPU, plainCells } from "./cells.ts";
import type { Peer } from "./peers.ts";
import type { Figures, Results } from "./rounds.ts";
import { median, short, spread, table } from "./stats.ts";

/** Warm runs of no-op tasks, in tasks per second. */
export function dispatchTable(results: Results, peers: readonly Peer[], cells: readonly Cell[]) {
  const head = ["tasks a second", "runtime", ...cells.map(cellName)];
  return table(
    head,
    peers.map((peer) => [
      bold(peer, peer.name),
      peer.runtime,
      ...cells.map((cell) =>
        show(
          results,
          peer,
          cell,
          ({ warmMs }) => withSpread(warmMs.map((ms) => cell.tasks / ms * 1000)),
        )
      ),
    ]),
  );
}

const [LAYERED_1K] = plainCells(1000) as [Cell, ...Cell[]];
const [LAYERED_10K] = plainCells(10_000) as [Cell, ...Cell[]];

type Column = readonly [head: string, cell: Cell, text: (figures: Figures) => string];

const CPU_COLUMN: Column = [
  "64 tasks of 20 ms, ms",
  CPU,
  ({ warmMs }) => withSpread(warmMs),
];
const FIRST_RUN_COLUMN: Column = [
  "layered 1k: start-up and first run, ms",
  LAYERED_1K,
  ({ coldMs }) => withSpread(coldMs),
];

/** The main figures of each runner. */
export function summaryTable(results: Results, peers: readonly Peer[]): string {
  const columns: Column[] = [
    FIRST_RUN_COLUMN,
    ...plainCells(10_000).map((cell): Column => [
      `${cellName(cell)}, tasks/s`,
      cell,
      ({ warmMs }) => withSpread(warmMs.map((ms) => cell.tasks / ms * 1000)),
    ]),
    CPU_COLUMN,
  ];
  return table(
    ["", "runtime", ...columns.map(([head]) => head)],
    peers.map((peer) => [
      bold(peer, peer.name),
      peer.runtime,
      ...columns.map(([, cell, text]) => show(results, peer, cell, text)),
    ]),
  );
}

/** The other figures of each runner. */
export function otherTable(results: Results, peers: readonly Peer[]): string {
  const columns: Column[] = [
    CPU_COLUMN,
    ["1,000 increments under a lock, ms", COUNTER, ({ warmMs }) => withSpread(warmMs)],
    ["10k async, tasks/s", ASYNC, ({ warmMs }) => withSpread(warmMs.map((ms) => 1e7 / ms))],
    FIRST_RUN_COLUMN,
    [
      "start-up alone, ms",
      LAYERED_1K,
      ({ coldMs, warmMs }) => short(median(coldMs.map((ms, i) => ms - warmMs[i]!))),
    ],
    ["a whole process with one run, ms", LAYERED_1K, ({ onceMs }) => withSpread(onceMs)],
    ["layered 10k: memory, MiB", LAYERED_10K, ({ peakMiB }) => withSpread(peakMiB)],
  ];
  return table(
    ["", "runtime", ...columns.map(([head]) => head)],
    peers.map((peer) => [
      bold(peer, peer.name),
      peer.runtime,
      ...columns.map(([, cell, text]) => show(results, peer, cell, text)),
    ]),
  );
}

/** A line for each graph that a runner skipped. */
export function leftOut(
  results: Results,
  peers: readonly Peer[],
  cells: readonly Cell[],
): string[] {
  return peers.flatMap((peer) =>
    cells.flatMap((cell) => {
      const result = results.of(peer, cell);
      if (typeof result !== "string") return [];
      return [`${peer.name} (${peer.runtime}), ${cellName(cell)}: ${result}`];
    })
  );
}

function show(
  results: Results,
  peer: Peer,
  cell: Cell,
  text: (figures: Figures) => string,
): string {
  const result = results.of(peer, cell);
  return typeof result === "object" ? text(result) : "-";
}

function withSpread(numbers: readonly number[]): string {
  return `${short(median(numbers))} ±${(spread(numbers) * 50).toFixed(0)}%`;
}

function bold({ role }: Peer, text: string): string {
  return role === "ours" ? `**${text}**` : text;
}
