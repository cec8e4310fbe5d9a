// deno-lint-ignore-file no-console -- prints its results
/**
 * The cost of a no-op task on an engine, in units that hardly depend on the load of the machine:
 * commands and scripts of the server, and processor time of each party. A run of few tasks is
 * subtracted from a run of many: starts and heartbeats do not count. The bare queue is measured in
 * the same way, beside it.
 *
 *     deno run -A tests/bench/engine/counts.ts [--tasks=1000] [--rounds=3] [--shapes=wide]
 *
 * Linux and Redis are needed: apt-get install redis-server.
 */
import { parseArgs } from "@std/cli/parse-args";
import { Redis } from "ioredis";
import { EngineRig } from "../../support/engine_rig.ts";
import { BareQueue } from "./bare_queue_rig.ts";
import { chainOf, type Shape, wideOf } from "./shapes.ts";

/** Clock ticks a second, in which Linux counts processor time. */
const TICKS_PER_S = 100;
const SAMPLE_MS = 20;

/** The costs of a run, by name. */
type Costs = Record<string, number>;

/** Processor time of a process in milliseconds; with that of its ended children if `isTree`. */
function processorMs(pid: number, isTree = false): number {
  try {
    const stat = Deno.readTextFileSync(`/proc/${pid}/stat`);
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ").map(Number);
    const own = fields[11]! + fields[12]!;
    const children = isTree ? fields[13]! + fields[14]! : 0;
    return (own + children) * 1_000 / TICKS_PER_S;
  } catch {
    return 0; // the process has ended
  }
}

/** Calls of the server's commands so far. */
async function commands(redis: Redis): Promise<{ all: number; of: (name: string) => number }> {
  const calls = new Map<string, number>();
  for (
    const [, name, count] of (await redis.info("commandstats")).matchAll(
      /^cmdstat_([^:]+):calls=(\d+)/gm,
    )
  ) {
    calls.set(name!, Number(count));
  }
  const all = calls.values().reduce((sum, it) => sum + it, 0);
  return { all, of: (name) => calls.get(name) ?? 0 };
}

/** Runs a shape once, on workers that have just started. */
async function costsOf(shape: Shape, workers: readonly number[]): Promise<Costs> {
  await using rig = await EngineRig.start("redis-server", shape.module);
  const redis = new Redis(rig.server.url);
  try {
    const running = await Promise.all(
      workers.map((slots) => rig.worker([`--workers=${slots}`], { limitMs: 600_000 })),
    );
    const server = Number((await redis.info("server")).match(/process_id:(\d+)/)![1]);
    const [before, serverMs] = [await commands(redis), processorMs(server)];
    const workersMs = running.map(({ pid }) => processorMs(pid));
    const file = `${rig.space.folder}/run.ndjson`;
    const driver = rig.drive(
      [`--reporter=json=${file}`, "--output=none", "--no-journal"],
      { limitMs: 600_000 },
    );
    let driverMs = 0;
    const timer = setInterval(
      () => driverMs = Math.max(driverMs, processorMs(driver.pid)),
      SAMPLE_MS,
    );
    const { code, stderr } = await driver.ended;
    clearInterval(timer);
    if (code !== 0) throw new Error(stderr);
    const after = await commands(redis);
    const serverAfterMs = processorMs(server);
    for (const worker of running) await worker.waitFor("Left run"); // its children have ended
    const sumOf = (isTree: boolean) =>
      running.reduce((sum, { pid }, at) => sum + processorMs(pid, isTree) - workersMs[at]!, 0);
    const [ownMs, treeMs] = [sumOf(false), sumOf(true)];
    for (const worker of running) {
      worker.kill("SIGTERM");
      await worker.ended;
    }
    const events = Deno.readTextFileSync(file).trimEnd().split("\n").map((line) =>
      JSON.parse(line)
    );
    const at = (type: string) => events.filter((it) => it.type === type).map((it) => it.elapsedMs);
    const since = (name: string) => after.of(name) - before.of(name);
    return {
      "elapsed ms": Math.max(...at("task-finished")) - Math.min(...at("task-started")),
      commands: after.all - before.all,
      pttl: since("pttl"),
      evalsha: since("evalsha"),
      xread: since("xread"),
      "driver ms": driverMs,
      "server ms": serverAfterMs - serverMs,
      "workers ms": ownMs,
      "children ms": treeMs - ownMs,
    };
  } finally {
    redis.disconnect();
  }
}

/** Runs jobs without an engine once, on workers that have just started. */
async function bareCostsOf(
  role: "wide" | "chain",
  count: number,
  workers: readonly number[],
): Promise<Costs> {
  await using bare = await BareQueue.start(workers);
  const { redis, workers: running } = bare;
  const pid = Number((await redis.info("server")).match(/process_id:(\d+)/)![1]);
  const [before, serverMs] = [await commands(redis), processorMs(pid)];
  const workersMs = running.map((it) => processorMs(it.pid));
  const driver = bare.drive(role, count);
  let driverMs = 0;
  const timer = setInterval(
    () => driverMs = Math.max(driverMs, processorMs(driver.pid)),
    SAMPLE_MS,
  );
  const { code, stdout, stderr } = await driver.ended;
  clearInterval(timer);
  if (code !== 0) throw new Error(stderr);
  const after = await commands(redis);
  const since = (name: string) => after.of(name) - before.of(name);
  return {
    "elapsed ms": Number(stdout),
    commands: after.all - before.all,
    pttl: since("pttl"),
    evalsha: since("evalsha"),
    xread: since("xread"),
    "driver ms": driverMs,
    "server ms": processorMs(pid) - serverMs,
    "workers ms": running.reduce((sum, it, at) => sum + processorMs(it.pid) - workersMs[at]!, 0),
    "children ms": 0,
  };
}

/** The costs of one task: of many tasks without those of few. */
async function costsPerTask(
  costsOfTasks: (count: number) => Promise<Costs>,
  tasks: number,
): Promise<Costs> {
  const few = Math.ceil(tasks / 10);
  const base = await costsOfTasks(few);
  const whole = await costsOfTasks(few + tasks);
  return Object.fromEntries(
    Object.entries(whole).map(([name, cost]) => [name, (cost - base[name]!) / tasks]),
  );
}

/** Prints the median and the minimum of each cost. */
function print(title: string, rounds: readonly Costs[]): void {
  console.log(title);
  for (const it of rounds) {
    it["processor ms"] = ["driver", "server", "workers", "children"]
      .reduce((sum, party) => sum + it[`${party} ms`]!, 0);
  }
  for (const name of Object.keys(rounds[0]!)) {
    const sorted = rounds.map((it) => it[name]!).sort((a, b) => a - b);
    const [median, minimum] = [sorted[sorted.length >> 1]!, sorted[0]!];
    console.log(
      `  ${name.padEnd(12)} ${median.toFixed(2).padStart(8)} ${minimum.toFixed(2).padStart(8)}`,
    );
  }
}

const args = parseArgs(Deno.args, { string: ["tasks", "rounds", "shapes"] });
const [tasks, count] = [Number(args.tasks ?? 1_000), Number(args.rounds ?? 3)];
const cases = {
  wide: ["wide, 1 worker x 8", (count) => costsOf(wideOf(count), [8])],
  "bare-wide": ["wide, 1 worker x 8, bare queue", (count) => bareCostsOf("wide", count, [8])],
  chain: ["chain, 1 worker x 2", (count) => costsOf(chainOf(count), [2])],
  "bare-chain": ["chain, 1 worker x 2, bare queue", (count) => bareCostsOf("chain", count, [2])],
  four: ["wide, 4 workers x 2", (count) => costsOf(wideOf(count), [2, 2, 2, 2])],
} satisfies Record<string, readonly [string, (count: number) => Promise<Costs>]>;
const shapes = String(args.shapes ?? Object.keys(cases).join()).split(",");
console.log(`Load ${Deno.loadavg().map((it) => it.toFixed(1)).join(" ")}; a task: median, minimum`);
for (const name of shapes) {
  const [title, costsOfTasks] = cases[name as keyof typeof cases];
  const rounds: Costs[] = [];
  for (let round = 0; round < count; round++) {
    rounds.push(await costsPerTask(costsOfTasks, tasks));
  }
  print(title, rounds);
}
