/** The targets, and whether they are met: a line for each target, and for each faster runner. */
import { ASYNC, type Cell, cellName, COUNTER, CPU, plainCells } from "./cells.ts";
import type { Peer } from "./peers.ts";
import type { Figures, Results } from "./rounds.ts";

/** A compared time of a graph. */
interface Race {
  readonly cell: Cell;
  readonly figure: keyof Figures & ("warmMs" | "coldMs");
}

const [LAYERED_1K] = plainCells(1000) as [Cell, ...Cell[]];
const [LAYERED_10K, CHAIN_10K, WIDE_10K] = plainCells(10_000) as [Cell, Cell, Cell];

/** Minimum speed relative to the best pool. */
const TIMES_BEST_POOL: readonly (readonly [Race, number])[] = [
  [{ cell: LAYERED_10K, figure: "warmMs" }, 10],
  [{ cell: WIDE_10K, figure: "warmMs" }, 10],
  [{ cell: CHAIN_10K, figure: "warmMs" }, 50],
  [{ cell: CPU, figure: "warmMs" }, 1],
  [{ cell: LAYERED_1K, figure: "coldMs" }, 1],
];
/** Maximum time relative to the bare loop. */
const TIMES_LIMIT = 5;
/** Maximum time per task in a graph ten times as large, relative to the smaller graph. */
const LINEAR = 1.25;
/** Times within this factor count as equal. */
const SAME = 1.02;

/** Compares the Scheduler with the others. */
export function verdicts(results: Results, peers: readonly Peer[]): string[] {
  const ours = peers.find(({ role }) => role === "ours")!;
  const lines: string[] = [];
  const judge = (isMet: boolean, text: string) => lines.push(`${isMet ? "PASS" : "FAIL"}  ${text}`);
  for (const [race, wanted] of TIMES_BEST_POOL) {
    const pools = peers.filter(({ role }) => role === "pool");
    const best = fastest(results, race, pools);
    const own = results.median(ours, race.cell, race.figure);
    if (best === undefined || own === undefined) continue;
    const times = best.ms / own;
    const versus = `${times.toFixed(2)} times as fast as the best pool, ${nameOf(best.peer)}`;
    judge(times * SAME >= wanted, `${nameOfRace(race)}: ${versus}; wanted: ${wanted}`);
  }
  for (const limit of peers.filter(({ role }) => role === "limit")) {
    for (const cell of [LAYERED_10K, CHAIN_10K, WIDE_10K]) {
      const [own, bare] = [ours, limit].map((it) => results.median(it, cell, "warmMs"));
      if (own === undefined || bare === undefined) continue;
      const text = `${cellName(cell)}: takes ${(own / bare).toFixed(1)} times as long as the`;
      judge(own / bare <= TIMES_LIMIT, `${text} ${limit.name}; wanted: ${TIMES_LIMIT} at most`);
    }
  }
  for (const [i, cell] of plainCells(100_000).entries()) {
    const smaller = results.median(ours, plainCells(10_000)[i]!, "warmMs");
    const larger = results.median(ours, cell, "warmMs");
    if (smaller === undefined || larger === undefined) continue;
    const growth = larger / smaller / 10;
    const text = `a task takes ${growth.toFixed(2)} times what it takes of 10k`;
    const memory = `${results.median(ours, cell, "peakMiB")!.toFixed(0)} MiB at most`;
    judge(growth <= LINEAR, `${cellName(cell)}: ${text}; wanted: ${LINEAR} at most; ${memory}`);
  }
  return lines;
}

/** The cases in which a runner other than the limit is faster than the Scheduler. */
export function losses(results: Results, peers: readonly Peer[]): string[] {
  const ours = peers.find(({ role }) => role === "ours")!;
  const others = peers.filter(({ role }) => role === "pool" || role === "other");
  const plain = [1000, 10_000, 100_000].flatMap(plainCells);
  const races: Race[] = [
    ...[...plain, ASYNC, CPU, COUNTER].map((cell): Race => ({ cell, figure: "warmMs" })),
    ...plain.map((cell): Race => ({ cell, figure: "coldMs" })),
  ];
  return races.flatMap((race) => {
    const own = results.median(ours, race.cell, race.figure);
    if (own === undefined) return [];
    const faster = others.flatMap((peer) => {
      const ms = results.median(peer, race.cell, race.figure);
      return ms === undefined || ms * SAME >= own
        ? []
        : [`${nameOf(peer)} ${(own / ms).toFixed(1)} times`];
    });
    return faster.length === 0 ? [] : [`${nameOfRace(race)}: ${faster.join(", ")}`];
  });
}

function fastest(results: Results, { cell, figure }: Race, peers: readonly Peer[]) {
  return peers.flatMap((peer) => {
    const ms = results.median(peer, cell, figure);
    return ms === undefined ? [] : [{ peer, ms }];
  }).sort((a, b) => a.ms - b.ms)[0];
}

/** `piscina on Node`: the table has the versions. */
function nameOf({ name, runtime, role }: Peer): string {
  if (role === "limit") return name;
  const [what] = name.split(/ [\d.]+$/);
  return role === "pool" ? `${what} on ${runtime.split(" ")[0]}` : what!;
}

function nameOfRace({ cell, figure }: Race): string {
  return figure === "warmMs" ? cellName(cell) : `${cellName(cell)}, start-up and first run`;
}
