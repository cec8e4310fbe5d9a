/**
 * Drives a thread pool through a graph, for all JavaScript pools: the main thread counts the
 * dependencies of each task, and submits a task when its last dependency has resolved. Prints one
 * line of JSON.
 *
 *     node piscina.mjs dag.json <workers> <warm ms>
 */
import { readFileSync } from "node:fs";
import process from "node:process";

const COUNTER = 1;

/**
 * @typedef {object} Setup
 * @property {number} workers Number of threads.
 * @property {string} kind Kind of the tasks.
 * @property {Int32Array} words Shared memory for the counter.
 * @property {number} inFlight Number of tasks sent ahead to a thread, if the pool has the option.
 *
 * @typedef {object} Pool
 * @property {() => Promise<unknown>} run Runs one task.
 * @property {() => Promise<number>} [counted] The counter, where it is not in `words`.
 * @property {() => unknown} close Ends the threads.
 */

/**
 * Measures a pool.
 *
 * @param {(setup: Setup) => Pool | Promise<Pool>} open
 */
export async function drive(open) {
  const [file, workers, forMs] = process.argv.slice(2);
  const { kind, after } = JSON.parse(readFileSync(file, "utf8"));
  const words = new Int32Array(new SharedArrayBuffer(8));
  const begin = performance.now();
  const graph = turnAround(after);
  // Sending ahead hides latency between threads, and would bind long tasks to one thread.
  const inFlight = kind === "cpu" ? 1 : 64;
  const pool = await open({ workers: Number(workers), kind, words, inFlight });
  await runOnce(graph, pool);
  const coldMs = performance.now() - begin;
  const warmMs = [];
  const warmBegin = performance.now();
  while (performance.now() - warmBegin < Number(forMs)) {
    const start = performance.now();
    await runOnce(graph, pool);
    warmMs.push(performance.now() - start);
  }
  const counted = pool.counted ? await pool.counted() : words[COUNTER];
  const expected = kind === "counter" ? after.length * (1 + warmMs.length) : 0;
  if (counted !== expected) throw new Error(`Counted ${counted} instead of ${expected}`);
  const line = JSON.stringify({ coldMs, warmMs, peakMiB: peakMiB() });
  process.stdout.write(`${line}\n`, async () => {
    await pool.close();
    process.exit(0);
  });
}

function turnAround(after) {
  const dependents = after.map(() => []);
  for (const [id, dependencies] of after.entries()) {
    for (const dependency of dependencies) dependents[dependency].push(id);
  }
  const counts = after.map((dependencies) => dependencies.length);
  return { dependents, counts };
}

function runOnce({ dependents, counts }, pool) {
  const waiting = Int32Array.from(counts);
  let left = counts.length;
  return new Promise((resolve, reject) => {
    const start = (id) => {
      pool.run().then(() => finish(id), reject);
    };
    const finish = (id) => {
      for (const dependent of dependents[id]) if (--waiting[dependent] === 0) start(dependent);
      if (--left === 0) resolve();
    };
    for (const [id, count] of counts.entries()) if (count === 0) start(id);
  });
}

function peakMiB() {
  const line = /VmHWM:\s+(\d+)/.exec(readFileSync("/proc/self/status", "utf8"));
  return Number(line[1]) / 1024;
}
