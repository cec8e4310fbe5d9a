// deno-lint-ignore-file no-console -- prints the seed of each run
/**
 * Runs with at least 64 attempts ahead, in which a party crashes at a random moment: each task has
 * one outcome and one result, and starts again only if its worker was lost.
 *
 *     CRASH_RUNS=200 CRASH_SEED=1 deno test -A tests/engine/crash_runs_test.ts
 *
 * The kinds of crashes take turns; by default, the first two have one run each. Every run prints
 * its seed.
 */
import { assert, assertEquals } from "@std/assert";
import { Redis } from "ioredis";
import { runKey } from "../../src/engine/engine_protocol.ts";
import { bounded } from "../support/bounded.ts";
import type { RunningCommand } from "../support/command.ts";
import { EngineRig, WAITING } from "../support/engine_rig.ts";
import { PartitionProxy } from "../support/partition_proxy.ts";
import { engineTest } from "../support/servers.ts";
import { Random } from "../soak/random.ts";

const KINDS = ["worker", "driver", "server", "process", "partition"] as const;
type Kind = typeof KINDS[number];

const RUNS = Number(Deno.env.get("CRASH_RUNS") ?? 2);
const SEED = Number(Deno.env.get("CRASH_SEED") ?? crypto.getRandomValues(new Uint16Array(1))[0]);
/** Number of tasks: enough that all attempts ahead are enqueued early in the run. */
const COUNT = 2_000;
/** Slots of each of two workers: three attempts ahead for each of them are more than 64. */
const SLOTS = 11;
const AHEAD = 64;
/** Number of ended attempts at which a party crashes in any case. */
const LATEST = COUNT * 0.8;
const PARTITION_MS = 10_000;
/** Time limit of a run in milliseconds. */
const LIMIT_MS = 300_000;
const RUN = "crash";

const MODULE = `${WAITING}
  const numbers = Array.from({ length: ${COUNT} }, (_, at) => at);
  export const quick = mark({ each: numbers }, (_, at, task) => {
    note(task.name + " " + task.attempt);
    return at;
  });
  export const total = mark({ after: { quick } }, (_, task) => {
    note(task.name + " " + task.attempt);
    return Object.values(task.results.quick).reduce((sum, it) => sum + it, 0);
  });
`;
const OUTPUTS = [
  ...[`--run-id=${RUN}`, `--workers=${8 * SLOTS}`, "--retries=1", "--no-journal"],
  ...["--state-out=state.json", "--reporter=json=run.ndjson"],
];

/** A run, and its parties. */
interface CrashRun {
  readonly rig: EngineRig;
  readonly redis: Redis;
  /** The proxy of the first worker. */
  readonly proxy: PartitionProxy;
  readonly workers: readonly RunningCommand[];
  readonly random: Random;
}

/** Crashes a party of a run. Returns the driver that ends the run. */
const CRASHES: Record<Kind, (run: CrashRun, driver: RunningCommand) => Promise<RunningCommand>> = {
  async worker({ workers }, driver) {
    workers[0]!.kill("SIGKILL");
    await workers[0]!.ended;
    return driver;
  },
  async driver({ rig, redis }, driver) {
    driver.kill("SIGKILL");
    await driver.ended;
    await redis.del(`${runKey(RUN)}:driver`); // as when the claim expires
    return rig.drive(OUTPUTS, { limitMs: LIMIT_MS });
  },
  async server({ rig }, driver) {
    await rig.server.kill();
    await rig.server.restart();
    return driver;
  },
  async process({ workers, random }, driver) {
    const { pid } = workers[0]!;
    const children = Deno.readTextFileSync(`/proc/${pid}/task/${pid}/children`).trim().split(" ");
    const isTask = (it: string) => Deno.readTextFileSync(`/proc/${it}/comm`).startsWith("deno");
    Deno.kill(Number(random.pick(children.filter(isTask))), "SIGKILL");
    return await Promise.resolve(driver);
  },
  async partition({ proxy }, driver) {
    await proxy.partition(PARTITION_MS);
    return driver;
  },
};

/**
 * Resolves when there are enough attempts ahead, and a random part of the tasks has ended; on a
 * slow machine, where attempts are not short, with those that there are late in the run.
 *
 * @returns The number of attempts ahead.
 */
async function crashMoment({ redis, random }: CrashRun): Promise<number> {
  const key = runKey(RUN);
  const atLeast = random.int(0, COUNT / 2);
  for (;;) {
    const ended = await redis.hlen(`${key}:ended`);
    const jobs = await redis.llen(`${key}:tasks:wait`) + await redis.llen(`${key}:tasks:active`);
    const ahead = Math.max(0, jobs - 2 * SLOTS);
    if (ahead >= AHEAD && ended >= atLeast || ended >= LATEST) return ahead;
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

/** The end of the output of a run, for messages. */
function tailOf(stdout: string, stderr: string): string {
  return `${stdout.slice(-2_000)}\n${stderr.slice(-4_000)}`;
}

/** Asserts that each task has one outcome and its result. Returns the number of repeated starts. */
async function assertExact(rig: EngineRig, driver: RunningCommand, kind: Kind): Promise<number> {
  const { code, stdout, stderr } = await driver.ended;
  const events = Deno.readTextFileSync(`${rig.space.folder}/run.ndjson`).trim().split("\n")
    .map((line) => JSON.parse(line));
  const finished = events.filter(({ type }) => type === "task-finished");
  const tasks = new Set(finished.map(({ task }) => task));
  const passed = finished.filter(({ outcome }) => outcome.status === "passed");
  const counts = [finished.length, tasks.size, passed.length];
  assertEquals(counts, [COUNT + 1, COUNT + 1, COUNT + 1], tailOf(stdout, stderr));
  const { results } = await rig.state();
  assertEquals(results.total, COUNT * (COUNT - 1) / 2);
  // A process that is killed between two tasks is an error of the run, and of no task.
  if (kind !== "process" || !stdout.includes("was killed")) {
    assertEquals(code, 0, tailOf(stdout, stderr));
  }

  const starts = Map.groupBy(rig.ran(), (it) => it);
  const repeated = [...starts].filter(([, { length }]) => length > 1);
  assertEquals(new Set(rig.ran().map((it) => it.split(" ")[0])).size, COUNT + 1);
  for (const [attempt, { length }] of repeated) {
    const [name] = attempt.split(" ");
    assertEquals(length, 2, attempt);
    assert(stderr.includes(`Restarting task "${name}"`), `${attempt} started twice`);
  }
  const mayRepeat = kind === "worker" || kind === "partition";
  assert(repeated.length <= (mayRepeat ? SLOTS : 0), `${repeated.length} starts are repeated`);
  // Attempts ahead are not started: only what ran on the lost worker is restarted.
  const restarted = stderr.match(/Restarting task/g)?.length ?? 0;
  assert(restarted <= (mayRepeat ? SLOTS : 0), `${restarted} tasks are restarted`);
  return repeated.length;
}

/** Runs the module with one crash. Returns the attempts ahead at the crash, and repeated starts. */
async function crashRun(
  kind: Kind,
  isolate: string,
  random: Random,
): Promise<{ ahead: number; repeated: number }> {
  await using rig = await EngineRig.start("redis-server", MODULE, {
    args: ["--appendonly", "yes", "--appendfsync", "always"],
  });
  using proxy = new PartitionProxy(rig.server.url);
  const redis = new Redis(rig.server.url, { maxRetriesPerRequest: null });
  redis.on("error", () => {}); // the server may be down
  try {
    const options = { limitMs: LIMIT_MS };
    const slots = [`--workers=${SLOTS}`, isolate];
    const first = rig.run(["worker", "module.ts", `--engine=${proxy.url}`, ...slots], options);
    const workers = [first, await rig.worker(slots, options)];
    await first.waitFor("Waiting for runs");
    const run = { rig, redis, proxy, workers, random };
    const driver = rig.drive(OUTPUTS, options);
    const ahead = await bounded(crashMoment(run), "the moment of the crash", LIMIT_MS);
    const last = await CRASHES[kind](run, driver);
    const repeated = await bounded(assertExact(rig, last, kind), "the end of the run", LIMIT_MS);
    return { ahead, repeated };
  } finally {
    redis.disconnect();
  }
}

engineTest(
  "tdrun --engine counts each of many attempts ahead once when a party crashes",
  async () => {
    for (let number = 0; number < RUNS; number++) {
      const kind = KINDS[number % KINDS.length]!;
      const isThreads = kind !== "process" && Math.floor(number / KINDS.length) % 4 > 0;
      const isolate = `--isolate=${isThreads ? "worker" : "process"}`;
      const seed = SEED + number;
      const what = `run ${number}, crash of the ${kind}, ${isolate}, CRASH_SEED=${seed}`;
      try {
        const { ahead, repeated } = await crashRun(kind, isolate, new Random(seed));
        console.log(`${what}: exact; ${ahead} attempts ahead, ${repeated} starts repeated`);
      } catch (error) {
        throw new Error(`In ${what}: ${error instanceof Error ? error.message : error}`);
      }
    }
  },
  ["redis-server"],
);
