/**
 * Chaos: thousands of random graphs with random policies on real threads, whose tasks do whatever tasks
 * can do wrong, and which are cancelled at random; and after each run, what must hold.
 *
 *     deno task soak [--minutes=10] [--seed=N] [--runs=N]
 *
 * Whatever fails names its seed: `deno task soak --seed=THAT --runs=1` makes the same scenario again.
 */
import { checkRun } from "./check.ts";
import { drive, type Recording } from "./drive.ts";
import { type Holdings, holdings, settled } from "./leaks.ts";
import { seedOf } from "./random.ts";
import { makeScenario, type Scenario } from "./scenario.ts";

/** How much is tried. */
export interface SoakOptions {
  readonly seed: number;
  /** No run is started after this. */
  readonly budgetMs: number;
  readonly runs?: number;
  /** Tells of progress. */
  readonly tell?: (line: string) => void;
}

/** What was tried and found. */
export interface SoakReport {
  readonly runs: number;
  readonly tasks: number;
  readonly attempts: number;
  /** How many attempts were made of each way to behave. */
  readonly ways: Readonly<Record<string, number>>;
  readonly doors: Readonly<Record<string, number>>;
  /** How tasks were kept apart. */
  readonly isolations: Readonly<Record<string, number>>;
  readonly cancelled: number;
  readonly lostWorkers: number;
  readonly longestMs: number;
  /** Of the run that took so long. */
  readonly longestSeed: number;
  /** What did not hold, with the seeds. */
  readonly problems: readonly string[];
  /** What the process held in memory after each batch. */
  readonly rssMiB: readonly number[];
}

/** So many runs go on at once: most wait for timeouts most of the time. */
const AT_ONCE = 5;
/** After so many the process is looked at, when nothing runs. */
const BATCH = 48;

/** See the head of this file. */
export async function soak(
  { seed, budgetMs, runs = Infinity, tell }: SoakOptions,
): Promise<SoakReport> {
  const folder = await Deno.makeTempDir({ prefix: "thread-order-soak-" });
  const tally = new Tally(tell);
  const endMs = performance.now() + budgetMs;
  let next = 0;
  const goesOn = () => next < runs && performance.now() < endMs;
  let before: Holdings | undefined;
  try {
    while (goesOn()) {
      const batchEnd = next + BATCH;
      const lane = async () => {
        while (goesOn() && next < batchEnd) {
          const index = next++;
          await tryOne(makeScenario(runs === 1 ? seed : seedOf(seed, index)), folder, tally);
        }
      };
      await Promise.all(Array.from({ length: AT_ONCE }, lane));
      before ??= holdings(); // what the first batch brought with it for good
      await lookForLeaks(before, tally);
      tell?.(`${tally.runs} runs, ${tally.problems.length} problems, ${tally.rssMiB.at(-1)} MiB`);
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
  return tally;
}

async function tryOne(scenario: Scenario, folder: string, tally: Tally): Promise<void> {
  const startMs = performance.now();
  try {
    const recording = await drive(scenario, folder);
    tally.count(scenario, recording, performance.now() - startMs);
    checkRun(scenario, recording);
  } catch (error) {
    const why = Deno.inspect(error);
    tally.wrong(`--seed=${scenario.seed} --runs=1 (${scenario.door}): ${why}`);
  }
}

async function lookForLeaks(before: Holdings, tally: Tally): Promise<void> {
  try {
    tally.rssMiB.push((await settled(before)).rssMiB);
  } catch (error) {
    tally.wrong(`after ${tally.runs} runs: ${(error as Error).message}`);
  }
}

class Tally implements SoakReport {
  runs = 0;
  tasks = 0;
  attempts = 0;
  cancelled = 0;
  lostWorkers = 0;
  longestMs = 0;
  longestSeed = 0;
  readonly ways: Record<string, number> = {};
  readonly doors: Record<string, number> = {};
  readonly isolations: Record<string, number> = {};
  readonly problems: string[] = [];
  readonly rssMiB: number[] = [];
  readonly #tell: (line: string) => void;

  /** @param tell Is told of problems at once: a soak may not come to its end. */
  constructor(tell: (line: string) => void = () => {}) {
    this.#tell = tell;
  }

  wrong(problem: string): void {
    this.problems.push(problem);
    this.#tell(problem);
  }

  count(scenario: Scenario, { graph, events, view }: Recording, tookMs: number): void {
    this.runs++;
    this.tasks += graph.size;
    this.doors[scenario.door] = (this.doors[scenario.door] ?? 0) + 1;
    this.isolations[scenario.isolate] = (this.isolations[scenario.isolate] ?? 0) + 1;
    if (view.cancelled !== undefined) this.cancelled++;
    this.lostWorkers += view.lostWorkers.length;
    if (tookMs > this.longestMs) {
      this.longestMs = Math.round(tookMs);
      this.longestSeed = scenario.seed;
    }
    const waysOf = new Map(scenario.tasks.map(({ name, ways }) => [name, ways]));
    for (const event of events) {
      if (event.type !== "task-started") continue;
      this.attempts++;
      const way = waysOf.get(graph.names[event.task]!)![event.attempt - 1] ?? "pass";
      this.ways[way] = (this.ways[way] ?? 0) + 1;
    }
  }
}

if (import.meta.main) {
  const exit = Deno.exit; // what a task of an inline run leaves behind must not be what ends this
  Deno.exit = (code) => {
    throw new Error(`Deno.exit(${code}) was called outside of any task`);
  };
  const option = (name: string) =>
    Deno.args.find((arg) => arg.startsWith(`--${name}=`))?.slice(name.length + 3);
  const seed = Number(option("seed") ?? crypto.getRandomValues(new Uint32Array(1))[0]);
  const print = (line: string) => Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));
  print(`deno task soak --seed=${seed}`);
  const report = await soak({
    seed,
    budgetMs: Number(option("minutes") ?? 10) * 60_000,
    ...(option("runs") === undefined ? {} : { runs: Number(option("runs")) }),
    tell: (line) => print(line),
  });
  print(Deno.inspect(report, { depth: 4, iterableLimit: 1000, strAbbreviateSize: 4000 }));
  exit(report.problems.length === 0 ? 0 : 1);
}
