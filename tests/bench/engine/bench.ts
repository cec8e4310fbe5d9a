// deno-lint-ignore-file no-console -- prints its results
/**
 * Throughput of an engine, compared with threads of one machine and with the bare queue. Server,
 * driver and workers share the cores of this machine: the bench measures the cost of a task in the
 * protocol and the overlap of waiting tasks, not a network.
 *
 *     deno task bench:engine [--write]
 *
 * Redis is needed: apt-get install redis-server.
 */
import { Queue, Worker } from "bullmq";
import { Redis } from "ioredis";
import { inRepository } from "../../support/command.ts";
import { EngineRig } from "../../support/engine_rig.ts";
import { Server } from "../../support/servers.ts";
import { circumstances, writeDocument } from "../peers/document.ts";
import { chainOf, type Shape, shape, wideOf } from "./shapes.ts";

const ROUNDS = 3;

const busy = (ms: number) =>
  `() => { const end = performance.now() + ${ms}; while (performance.now() < end); }`;
const waiting = (ms: number) => `() => new Promise((resolve) => setTimeout(resolve, ${ms}))`;

/** Seconds from the start of the first task to the end of the last, by the events of the run. */
async function seconds(rig: EngineRig, args: readonly string[]): Promise<number> {
  const file = `${rig.space.folder}/run.ndjson`;
  const { code, stderr } = await rig.run(
    ["module.ts", ...args, `--reporter=json=${file}`, "--output=none", "--no-journal"],
    { limitMs: 600_000 },
  ).ended;
  if (code !== 0) throw new Error(stderr);
  const events = Deno.readTextFileSync(file).trimEnd().split("\n").map((line) => JSON.parse(line));
  const at = (type: string) => events.filter((it) => it.type === type).map((it) => it.elapsedMs);
  return (Math.max(...at("task-finished")) - Math.min(...at("task-started"))) / 1_000;
}

/** The median of several rounds on an engine. */
async function onEngine(of: Shape, workers: readonly number[]): Promise<number> {
  await using rig = await EngineRig.start("redis-server", of.module);
  for (const slots of workers) await rig.worker([`--workers=${slots}`], { limitMs: 600_000 });
  const slots = workers.reduce((sum, it) => sum + it, 0);
  const args = [`--engine=${rig.server.url}`, `--workers=${slots}`];
  return await middle(() => seconds(rig, args));
}

async function onThreads(of: Shape, threads: number): Promise<number> {
  await using rig = await EngineRig.start("redis-server", of.module);
  return await middle(() => seconds(rig, [`--workers=${threads}`]));
}

/** The same number of jobs through the queue alone: without dependencies, state and events. */
async function bareQueue(count: number): Promise<number> {
  await using server = await Server.start("redis-server");
  return await middle(async () => {
    const connections: Redis[] = [];
    const connect = () => {
      const redis = new Redis(server.url, { maxRetriesPerRequest: null });
      connections.push(redis);
      return redis;
    };
    const queue = new Queue("bare", { connection: connect(), skipVersionCheck: true });
    const done = Promise.withResolvers<void>();
    let left = count;
    const start = performance.now();
    const worker = new Worker("bare", () => Promise.resolve(--left === 0 && done.resolve()), {
      connection: connect(),
      concurrency: 8,
    });
    await Promise.all(
      Array.from({ length: count }, () => queue.add("job", {}, { removeOnComplete: true })),
    );
    await done.promise;
    const took = (performance.now() - start) / 1_000;
    await worker.close();
    await queue.obliterate({ force: true });
    await queue.close();
    // The queue does not close connections that it did not create.
    for (const redis of connections) redis.disconnect();
    return took;
  });
}

async function middle(measure: () => Promise<number>): Promise<number> {
  const all: number[] = [];
  for (let round = 0; round < ROUNDS; round++) all.push(await measure());
  return all.sort((a, b) => a - b)[ROUNDS >> 1]!;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => "---"), ...rows].map((row) => `| ${row.join(" | ")} |`).join("\n");
}

const rate = (count: number, took: number) => Math.round(count / took).toLocaleString("en");

const wide = wideOf(2_000);
const chain = chainOf(200);
const cpu = shape("cpu", 64, busy(20));
const rows: string[][] = [];
for (const workers of [[1], [2], [4], [8], [4, 4]]) {
  const took = await onEngine(wide, workers);
  rows.push([workers.join(" + "), rate(wide.count, took)]);
  console.log(rows.at(-1)!.join("  "));
}
const bare = await bareQueue(10_000);
const chained = await onEngine(chain, [2]);
const [cpuEngine, cpuThreads] = [await onEngine(cpu, [2]), await onThreads(cpu, 2)];
const waits: string[][] = [];
for (const workers of [[8], [16], [16, 16], [16, 16, 16, 16]]) {
  const slots = workers.reduce((sum, it) => sum + it, 0);
  const all = shape("wait", slots * 8, waiting(1_000));
  const took = await onEngine(all, workers);
  waits.push([workers.join(" + "), `${all.count}`, took.toFixed(1), (8 / took).toFixed(2)]);
  console.log(waits.at(-1)!.join("  "));
}

const text = `${circumstances()} Median of ${ROUNDS} rounds.

2,000 empty tasks, by the number of tasks at once on each worker:

${table(["tasks at once", "tasks a second"], rows)}

BullMQ alone, without order, state or events, does ${
  rate(10_000, bare)
} jobs a second here. A chain of
200 tasks takes ${
  (chained * 1_000 / chain.count).toFixed(1)
} ms a task: each goes through the server twice.

64 tasks that compute for 20 ms, on 2 cores: ${
  (cpuEngine * 1_000).toFixed(0)
} ms on an engine with 2 tasks at
once, ${(cpuThreads * 1_000).toFixed(0)} ms on 2 threads, ${64 * 20 / 2} ms at best.

Tasks that wait for a second, 8 for each slot: their overhead is small next to that.

${table(["tasks at once", "tasks", "seconds", "of the best possible"], waits)}
`;
console.log(text);
if (Deno.args.includes("--write")) await writeDocument("engine", text, "scaling.md");
console.log(`(${inRepository("docs/scaling.md")})`);
