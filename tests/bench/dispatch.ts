/**
 * Dispatch: 10,000 no-op tasks through the public Scheduler on 2 workers, warm, with stored
 * results, events and a reporter. Prints tasks per second: the median of ten starts.
 *
 *     deno run -A tests/bench/dispatch.ts [tasks]
 */
import process from "node:process";
import type { Reporter } from "../../mod.ts";
import { Scheduler } from "../../mod.ts";

const TASKS = Number(Deno.args[0] ?? 10_000);
const LAYERS = 100;
const STARTS = 10;

const counted = { events: 0 };
const counter: Reporter = { report: () => void counted.events++ };
const options = {
  storeResults: Deno.args[1] !== "nostore",
  workers: 2,
  keepWorkers: true,
  module: import.meta.url,
  reporters: [counter],
};

/** A seeded generator, so that all threads create the same graph. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32;
}

const chain = new Scheduler(options);
for (let i = 0; i < TASKS; i++) {
  chain.register(() => {}, `t${i}`, { after: i === 0 ? [] : [`t${i - 1}`] });
}

const wide = new Scheduler(options);
for (let i = 0; i < TASKS; i++) wide.register(() => {}, `t${i}`);

const layered = new Scheduler(options);
const random = randomFrom(1);
const width = Math.ceil(TASKS / LAYERS);
for (let i = 0; i < TASKS; i++) {
  const above = Math.floor(i / width) - 1;
  const parents = above < 0 ? 0 : 1 + Math.floor(random() * 3);
  const after = Array.from({ length: parents }, () => {
    const parent = above * width + Math.floor(random() * width);
    return `t${parent}`;
  });
  layered.register(() => {}, `t${i}`, { after: [...new Set(after)] });
}

/** An asynchronous no-op for each task of the layered graph. */
async function measure(name: string, scheduler: Scheduler): Promise<void> {
  const first = performance.now();
  await scheduler.start();
  const cold = performance.now() - first;
  const times: number[] = [];
  const cpuBefore = process.cpuUsage();
  for (let i = 0; i < STARTS; i++) {
    counted.events = 0;
    const start = performance.now();
    const { passed } = await scheduler.start();
    times.push(performance.now() - start);
    if (passed.length !== TASKS) throw new Error(`${passed.length} of ${TASKS} passed`);
    if (counted.events !== 3 * TASKS + 2) throw new Error(`${counted.events} events`);
  }
  const { user, system } = process.cpuUsage(cpuBefore);
  await scheduler[Symbol.asyncDispose]();
  const median = times.sort((a, b) => a - b)[STARTS / 2]!;
  const perSecond = Math.round(TASKS / median * 1000);
  const per = (us: number) => (us / STARTS / TASKS).toFixed(2);
  const text = `${name.padEnd(8)} ${perSecond} tasks/s  median ${median.toFixed(1)} ms` +
    `  cold ${cold.toFixed(1)} ms  processor ${per(user)} + ${per(system)} us a task\n`;
  Deno.stdout.writeSync(new TextEncoder().encode(text));
}

if (import.meta.main) {
  await measure("layered", layered);
  await measure("chain", chain);
  await measure("wide", wide);
}
