/**
 * Runs every runner with every graph, alternating: a round has each of them once and begins with
 * another runner, so that changes of the machine affect all.
 */
import { type Cell, cellName } from "./cells.ts";
import { makeDag } from "./dags.ts";
import { type Measured, medianWarmMs } from "./measured.ts";
import type { Peer } from "./peers.ts";
import { median, print } from "./stats.ts";

/** The figures of all rounds for one runner and one graph. One number for each round. */
export interface Figures {
  /** Milliseconds of a warm run: the median of each round. */
  readonly warmMs: number[];
  /** Milliseconds from the parsed file to the end of the first run. */
  readonly coldMs: number[];
  /** Milliseconds of a whole process that does only the first run. */
  readonly onceMs: number[];
  readonly peakMiB: number[];
}

/** Figures, or the reason why there are none. */
export type Result = Figures | string;

/** Options of the measurement. */
export interface RoundOptions {
  readonly rounds: number;
  /** Minutes after which no other round begins. */
  readonly minutes: number;
  readonly workers: number;
  /** Milliseconds of warm runs in each process. */
  readonly warmMs: number;
}

/** Runs that are expected to take longer are skipped. */
const RUN_MS_MAX = 2000;
/** Time limit of a process, in ms. */
const PROCESS_MS_MAX = 60_000;

/** The results, by graph and runner. */
export class Results {
  readonly #all = new Map<string, Result>();
  /** Number of rounds. */
  rounds = 0;

  /** The figures of a runner and a graph. */
  of(peer: Peer, cell: Cell): Result | undefined {
    return this.#all.get(keyOf(peer, cell));
  }

  /** Stores the figures of a runner and a graph. */
  set(peer: Peer, cell: Cell, result: Result): void {
    this.#all.set(keyOf(peer, cell), result);
  }

  /** The median of a figure over the rounds; undefined without one. */
  median(peer: Peer, cell: Cell, figure: keyof Figures): number | undefined {
    const result = this.of(peer, cell);
    return typeof result === "object" ? median(result[figure]) : undefined;
  }
}

function keyOf({ name, runtime }: Peer, cell: Cell): string {
  return `${cellName(cell)} | ${name} | ${runtime}`;
}

/** Measures all runners. */
export async function runRounds(
  peers: readonly Peer[],
  cells: readonly Cell[],
  options: RoundOptions,
): Promise<Results> {
  const results = new Results();
  const folder = await Deno.makeTempDir({ prefix: "thread-order-dags-" });
  try {
    for (const cell of cells) {
      const dag = makeDag(cell.shape, cell.tasks, cell.kind);
      await Deno.writeTextFile(fileOf(folder, cell), JSON.stringify(dag));
    }
    const endMs = performance.now() + options.minutes * 60_000;
    for (let round = 0; round < options.rounds && performance.now() < endMs; round++) {
      results.rounds++;
      print(
        `Round ${round + 1} of ${options.rounds}: ${new Date().toISOString()}, load ${loads()}`,
      );
      for (const cell of cells) {
        for (let i = 0; i < peers.length; i++) {
          const peer = peers[(i + round) % peers.length]!;
          await measureOnce(results, peer, cell, fileOf(folder, cell), options);
        }
      }
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
  return results;
}

function fileOf(folder: string, cell: Cell): string {
  return `${folder}/${cellName(cell).replaceAll(" ", "_")}.json`;
}

function loads(): string {
  return Deno.loadavg().map((load) => load.toFixed(2)).join(", ");
}

async function measureOnce(
  results: Results,
  peer: Peer,
  cell: Cell,
  file: string,
  { workers, warmMs }: RoundOptions,
): Promise<void> {
  const before = results.of(peer, cell);
  if (typeof before === "string") return;
  const cut = peer.cannot?.(cell) ?? tooLong(results, peer, cell);
  if (cut !== undefined) return results.set(peer, cell, cut);
  const forMs = (ms: number) =>
    run([...peer.line, file, `${workers}`, `${ms}`, ...peer.last ?? []]);
  try {
    const start = performance.now();
    const once = await forMs(0);
    const onceMs = performance.now() - start;
    const warm = await forMs(warmMs);
    const figures = before ?? { warmMs: [], coldMs: [], onceMs: [], peakMiB: [] };
    figures.warmMs.push(medianWarmMs(warm));
    figures.coldMs.push(once.coldMs);
    figures.onceMs.push(onceMs);
    figures.peakMiB.push(warm.peakMiB);
    results.set(peer, cell, figures);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    results.set(peer, cell, why);
  }
}

/** Ten times as many tasks take at least ten times as long. */
function tooLong(results: Results, peer: Peer, cell: Cell): string | undefined {
  const smaller = results.of(peer, { ...cell, tasks: cell.tasks / 10 });
  if (typeof smaller === "string") return smaller;
  if (smaller === undefined) return undefined;
  const expectedMs = 10 * median(smaller.warmMs);
  if (expectedMs <= RUN_MS_MAX) return undefined;
  return `a run would take about ${(expectedMs / 1000).toFixed(1)} s`;
}

async function run([program = "", ...args]: readonly string[]): Promise<Measured> {
  const signal = AbortSignal.timeout(PROCESS_MS_MAX);
  const ended = await new Deno.Command(program, { args, signal, stdin: "null" }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes).trim();
  if (signal.aborted) throw new Error(`it was ended after ${PROCESS_MS_MAX / 1000} s`);
  if (ended.success) return JSON.parse(text(ended.stdout).split("\n").at(-1)!);
  const error = /^.*Error.*$/m.exec(text(ended.stderr))?.[0] ?? text(ended.stderr).split("\n")[0];
  throw new Error(`it ended with ${ended.code}: ${error}`);
}
