/**
 * Soak test: thousands of random graphs with random policies on real threads. Tasks misbehave in
 * many ways, and runs are cancelled at random. Invariants are checked after each run.
 *
 *     deno task soak [--minutes=10] [--seed=N] [--runs=N]
 *
 * Every problem is reported with its seed: `deno task soak --seed=SEED --runs=1` reproduces it.
 */
import { checkRun } from "./check.ts";
import { drive, type Recording } from "./drive.ts";
import { type Holdings, holdings, settled } from "./leaks.ts";
import { seedOf } from "./random.ts";
import { makeScenario, type Scenario } from "./scenario.ts";

/** Options of {@linkcode soak}. */
export interface SoakOptions {
  readonly seed: number;
  /** Time after which no new run is started, in ms. */
  readonly budgetMs: number;
  readonly runs?: number;
  /** Called with lines of progress. */
  readonly log?: (line: string) => void;
}

/** The result of {@linkcode soak}. */
export interface SoakReport {
  readonly runs: number;
  readonly tasks: number;
  readonly attempts: number;
  /** Number of attempts, by behavior. */
  readonly ways: Readonly<Record<string, number>>;
  readonly entryPoints: Readonly<Record<string, number>>;
  /** Number of runs, by isolation. */
  readonly isolations: Readonly<Record<string, number>>;
  readonly cancelled: number;
  readonly lostWorkers: number;
  readonly longestMs: number;
  /** The seed of the longest run. */
  readonly longestSeed: number;
  /** Violated invariants, with their seeds. */
  readonly problems: readonly string[];
  /** Memory of the process after each batch. */
  readonly rssMiB: readonly number[];
}

/** Number of concurrent runs: most wait for timeouts most of the time. */
const CONCURRENCY = 5;
/** Number of runs between checks for leaks, which need an idle process. */
const BATCH = 48;

/** Runs random scenarios, and checks the invariants of each. */
export async function soak(
  { seed, budgetMs, runs = Infinity, log }: SoakOptions,
): Promise<SoakReport> {
  const folder = await Deno.makeTempDir({ prefix: "thread-order-soak-" });
  const tally = new Tally(log);
  const endMs = performance.now() + budgetMs;
  let next = 0;
  const hasMore = () => next < runs && performance.now() < endMs;
  let before: Holdings | undefined;
  try {
    while (hasMore()) {
      const batchEnd = next + BATCH;
      const lane = async () => {
        while (hasMore() && next < batchEnd) {
          const index = next++;
          await runScenario(makeScenario(runs === 1 ? seed : seedOf(seed, index)), folder, tally);
        }
      };
      await Promise.all(Array.from({ length: CONCURRENCY }, lane));
      before ??= holdings(); // after the first batch, which creates permanent resources
      await checkLeaks(before, tally);
      log?.(`${tally.runs} runs, ${tally.problems.length} problems, ${tally.rssMiB.at(-1)} MiB`);
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
  return tally;
}

async function runScenario(scenario: Scenario, folder: string, tally: Tally): Promise<void> {
  const startMs = performance.now();
  try {
    const recording = await drive(scenario, folder);
    tally.count(scenario, recording, performance.now() - startMs);
    checkRun(scenario, recording);
  } catch (error) {
    const why = Deno.inspect(error);
    tally.addProblem(`--seed=${scenario.seed} --runs=1 (${scenario.entryPoint}): ${why}`);
  }
}

async function checkLeaks(before: Holdings, tally: Tally): Promise<void> {
  try {
    tally.rssMiB.push((await settled(before)).rssMiB);
  } catch (error) {
    tally.addProblem(`after ${tally.runs} runs: ${(error as Error).message}`);
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
  readonly entryPoints: Record<string, number> = {};
  readonly isolations: Record<string, number> = {};
  readonly problems: string[] = [];
  readonly rssMiB: number[] = [];
  readonly #log: (line: string) => void;

  /** @param log Called with problems at once: a soak may be stopped. */
  constructor(log: (line: string) => void = () => {}) {
    this.#log = log;
  }

  addProblem(problem: string): void {
    this.problems.push(problem);
    this.#log(problem);
  }

  count(scenario: Scenario, { graph, events, view }: Recording, tookMs: number): void {
    this.runs++;
    this.tasks += graph.size;
    this.entryPoints[scenario.entryPoint] = (this.entryPoints[scenario.entryPoint] ?? 0) + 1;
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
  const exit = Deno.exit; // leaked code of an inline run may call Deno.exit
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
    log: (line) => print(line),
  });
  print(Deno.inspect(report, { depth: 4, iterableLimit: 1000, strAbbreviateSize: 4000 }));
  exit(report.problems.length === 0 ? 0 : 1);
}
