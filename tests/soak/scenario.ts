/** What is tried in one run of the soak: a graph, how its tasks behave, and how the run is made. */
import type { Isolation } from "../../src/pool/isolation.ts";
import type { FailFastMode } from "../../src/run/run_policy.ts";
import type { PolicyOptions } from "../../src/task/policy.ts";
import { DYING, ENDLESS, FAILING, PASSING, type Way } from "./behaviours.ts";
import { Random } from "./random.ts";

/** Through which door it is run: the run loop, a scheduler, or the command. */
export type Door = "graph" | "scheduler" | "command";

/** A task. */
export interface SoakTask {
  readonly name: string;
  readonly after: readonly string[];
  readonly policy: PolicyOptions;
  /** How its attempts behave; those after the last pass. */
  readonly ways: readonly Way[];
}

/** See the head of this file. */
export interface Scenario {
  readonly seed: number;
  readonly door: Door;
  readonly tasks: readonly SoakTask[];
  /** How often it is run, on the same threads; what is checked is the last time. */
  readonly times: number;
  /** 0 is the main thread. */
  readonly workers: number;
  readonly isolate: Isolation;
  readonly skipDependents: boolean;
  readonly failFast: { readonly count: number; readonly mode: FailFastMode } | undefined;
  readonly deadlineMs: number | undefined;
  /** How long each attempt may take. Loops that block end some time after it. */
  readonly timeoutMs: number | undefined;
  readonly shuffle: number | undefined;
  /** The run is cancelled when it has had so many events. */
  readonly abortAfter: number | undefined;
}

/** An attempt that may not take any time it likes gets this much: enough, but on a very busy machine. */
const TIMEOUT_MS = 60;
/** Loops that block end after this: some time after their thread was given up. */
export const BLOCK_MS = 450;
/** Runs with more endless tasks than this take too long to make thousands of them. */
const ENDLESS_MAX = 3;

const passing = Object.keys(PASSING) as Way[];
const failing = Object.keys(FAILING) as Way[];
const dying = Object.keys(DYING) as Way[];
const endless = Object.keys(ENDLESS) as Way[];
/** What the main thread can be asked to do without being stopped for good. */
const mild: readonly Way[] = ["hang", "heed"];

/** Whether an attempt that behaves so ends by itself. */
export function isEndless(way: Way): boolean {
  return way in ENDLESS;
}

/** How an attempt fails by itself. */
export function fails(way: Way): boolean {
  return way in FAILING || way in DYING;
}

/** Processes take long to start, and this machine has other work. */
const PROCESSES_MAX = 3;

/** Makes a scenario of a seed. */
export function makeScenario(seed: number): Scenario {
  const random = new Random(seed);
  const door = random.chance(0.02) ? "command" : random.chance(0.15) ? "scheduler" : "graph";
  const isolate = random.chance(0.04) ? "process" : "worker";
  const isInline = isolate === "worker" && door !== "command" && random.chance(0.08);
  const workers = isInline ? 0 : random.int(1, isolate === "process" ? PROCESSES_MAX : 8);
  const size = random.chance(0.1) ? random.int(60, 200) : random.int(1, 40);
  return {
    seed,
    door,
    workers,
    isolate: workers === 0 ? "inline" : isolate,
    tasks: makeTasks(random, size, { door, workers, isolate }),
    skipDependents: random.chance(0.7),
    failFast: random.maybe(0.15, () => ({
      count: random.int(1, 3),
      mode: random.pick(["no-new", "kill"] as const),
    })),
    deadlineMs: random.maybe(0.1, () => random.int(1, 400)),
    timeoutMs: random.maybe(0.1, () => TIMEOUT_MS * 3),
    shuffle: random.maybe(0.3, () => random.int(0, 1000)),
    times: door === "graph" && random.chance(0.1) ? 3 : 1,
    abortAfter: door === "command" ? undefined : random.maybe(0.15, () => random.int(1, size * 3)),
  };
}

function makeTasks(
  random: Random,
  size: number,
  { door, workers, isolate }: Pick<Scenario, "door" | "workers" | "isolate">,
): SoakTask[] {
  const isFaulty = random.chance(0.85);
  const places = random.int(1, 6);
  // Names say nothing about the order: among equals the lowest name would always be the first.
  const names = random.shuffled(
    Array.from({ length: size }, (_, i) => `n${String(i).padStart(3, "0")}`),
  );
  let budget = isFaulty ? ENDLESS_MAX : 0;
  const wayOf = (): Way => {
    if (isFaulty && budget > 0 && random.chance(0.08)) {
      const way = random.pick(workers === 0 ? mild : endless);
      if (way !== "killed" || door === "graph") {
        budget--;
        return way;
      }
    }
    if (isFaulty && random.chance(0.12)) return random.pick(failing);
    if (isFaulty && isolate === "process" && random.chance(0.06)) return random.pick(dying);
    const way = random.pick(passing);
    // What is printed on the main thread is our own output; what is thrown after the run, our end.
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
  if (random.chance(0.15)) policy.weight = random.int(1, 9);
  if (random.chance(0.2)) policy.priority = random.int(-3, 3);
  if (random.chance(0.15)) policy.when = random.pick(["always", "failed"] as const);
  return policy;
}
