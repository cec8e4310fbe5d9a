import type { Isolation } from "../../src/pool/isolation.ts";
import type { FailFastMode } from "../../src/run/run_policy.ts";
import type { PolicyOptions } from "../../src/task/policy.ts";
import { DYING, ENDLESS, FAILING, PASSING, SKIPPING, type Way } from "./behaviors.ts";
import { Random } from "./random.ts";

/** The entry point of a run: the run loop, a scheduler, or the command. */
export type EntryPoint = "graph" | "scheduler" | "command";

/** A task of a scenario. */
export interface SoakTask {
  readonly name: string;
  readonly after: readonly string[];
  readonly policy: PolicyOptions;
  /** The behaviors of its attempts; later attempts pass. */
  readonly ways: readonly Way[];
}

/** The input of one run: a graph, the behaviors of its tasks, and the options of the run. */
export interface Scenario {
  readonly seed: number;
  readonly entryPoint: EntryPoint;
  readonly tasks: readonly SoakTask[];
  /** Number of runs on the same threads; the last one is checked. */
  readonly times: number;
  /** 0 selects the main thread. */
  readonly workers: number;
  readonly isolate: Isolation;
  readonly skipDependents: boolean;
  readonly failFast: { readonly count: number; readonly mode: FailFastMode } | undefined;
  readonly deadlineMs: number | undefined;
  /** Time limit of each attempt, in ms. Blocking loops end some time after it. */
  readonly timeoutMs: number | undefined;
  readonly shuffle: number | undefined;
  /** Number of events after which the run is cancelled. */
  readonly abortAfter: number | undefined;
}

/** Time limit of an attempt, in ms: enough, except on a very busy machine. */
const TIMEOUT_MS = 60;
/** Duration of blocking loops, in ms: they end some time after their thread was abandoned. */
export const BLOCK_MS = 450;
/** Maximum number of endless tasks: each takes a timeout, and there are thousands of runs. */
const ENDLESS_MAX = 3;

const passing = Object.keys(PASSING) as Way[];
const skipping = Object.keys(SKIPPING) as Way[];
const failing = Object.keys(FAILING) as Way[];
const dying = Object.keys(DYING) as Way[];
const endless = Object.keys(ENDLESS) as Way[];
/** Behaviors that do not block the main thread for ever. */
const mild: readonly Way[] = ["hang", "heed"];

/** Whether an attempt with this behavior does not end by itself. */
export function isEndless(way: Way): boolean {
  return way in ENDLESS;
}

/** Whether an attempt with this behavior skips its task. */
export function skips(way: Way): boolean {
  return way in SKIPPING;
}

/** Whether an attempt with this behavior fails by itself. */
export function fails(way: Way): boolean {
  return way in FAILING || way in DYING;
}

/** Maximum number of tasks that run in processes, whose start is slow. */
const PROCESSES_MAX = 3;

/** Creates a scenario from a seed. */
export function makeScenario(seed: number): Scenario {
  const random = new Random(seed);
  const entryPoint = random.chance(0.02) ? "command" : random.chance(0.15) ? "scheduler" : "graph";
  const isolate = random.chance(0.04) ? "process" : "worker";
  const isInline = isolate === "worker" && entryPoint !== "command" && random.chance(0.08);
  const workers = isInline ? 0 : random.int(1, isolate === "process" ? PROCESSES_MAX : 8);
  const size = random.chance(0.1) ? random.int(60, 200) : random.int(1, 40);
  return {
    seed,
    entryPoint,
    workers,
    isolate: workers === 0 ? "inline" : isolate,
    tasks: makeTasks(random, size, { entryPoint, workers, isolate }),
    skipDependents: random.chance(0.7),
    failFast: random.maybe(0.15, () => ({
      count: random.int(1, 3),
      mode: random.pick(["no-new", "kill"] as const),
    })),
    deadlineMs: random.maybe(0.1, () => random.int(1, 400)),
    timeoutMs: random.maybe(0.1, () => TIMEOUT_MS * 3),
    shuffle: random.maybe(0.3, () => random.int(0, 1000)),
    times: entryPoint === "graph" && random.chance(0.1) ? 3 : 1,
    abortAfter: entryPoint === "command"
      ? undefined
      : random.maybe(0.15, () => random.int(1, size * 3)),
  };
}

function makeTasks(
  random: Random,
  size: number,
  { entryPoint, workers, isolate }: Pick<Scenario, "entryPoint" | "workers" | "isolate">,
): SoakTask[] {
  const isFaulty = random.chance(0.85);
  const places = random.int(1, 6);
  // Names are shuffled: among tasks of equal rank the lowest name always runs first.
  const names = random.shuffled(
    Array.from({ length: size }, (_, i) => `n${String(i).padStart(3, "0")}`),
  );
  let budget = isFaulty ? ENDLESS_MAX : 0;
  const wayOf = (): Way => {
    if (isFaulty && budget > 0 && random.chance(0.08)) {
      const way = random.pick(workers === 0 ? mild : endless);
      if (way !== "killed" || entryPoint === "graph") {
        budget--;
        return way;
      }
    }
    if (isFaulty && random.chance(0.05)) return random.pick(skipping);
    if (isFaulty && random.chance(0.12)) return random.pick(failing);
    if (isFaulty && isolate === "process" && random.chance(0.06)) return random.pick(dying);
    const way = random.pick(passing);
    // On the main thread, output is that of the soak, and late errors would end the soak.
    return workers === 0 && /^print|^throw_later/.test(way) ? "pass" : way;
  };
  const tasks = names.map((name, i): SoakTask => {
    const after = i === 0 ? [] : Array.from(
      { length: random.int(0, 3) },
      () => names[random.int(Math.max(0, i - places * 4), i - 1)]!,
    );
    const ways = Array.from({ length: random.chance(0.3) ? random.int(2, 3) : 1 }, wayOf);
    return { name, after: [...new Set(after)], policy: makePolicy(random, ways), ways };
  });
  return random.shuffled(tasks);
}

function makePolicy(random: Random, ways: readonly Way[]): PolicyOptions {
  const policy: { -readonly [K in keyof PolicyOptions]: PolicyOptions[K] } = {};
  if (ways.some(isEndless) || random.chance(0.1)) policy.timeout = TIMEOUT_MS;
  if (ways.length > 1 || random.chance(0.1)) {
    const delay = random.chance(0.5) ? random.int(0, 20) : 0;
    policy.retries = { count: random.int(0, 3), delay, jitter: random.chance(0.3) ? 1 : 0 };
  }
  if (random.chance(0.2)) {
    const locks = ["disk", "net", "db"];
    policy.mutex = random.chance(0.7) ? random.pick(locks) : [random.pick(locks), "db"];
  }
  if (random.chance(0.15)) policy.tokens = { [random.pick(["gpu", "api"])]: random.int(1, 3) };
  if (random.chance(0.15)) policy.weight = random.int(1, 9);
  if (random.chance(0.2)) policy.priority = random.int(-3, 3);
  if (random.chance(0.15)) policy.when = random.pick(["always", "failed"] as const);
  return policy;
}
