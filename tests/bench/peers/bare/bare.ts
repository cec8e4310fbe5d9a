/**
 * The bare loop: a lower bound for running a graph on threads. Threads take ready tasks from one
 * queue in shared memory and decrement the counts of dependents; without results, failures, names
 * or events. With `log`, threads write a record for each start and each end, which the main thread
 * reads; with `clock`, the end of each task is recorded.
 *
 *     deno run -A bare.ts dag.json <workers> <warm ms> [log|clock]
 */
import type { Dag } from "../dags.ts";
import { peakMiB, printMeasured, warmRuns } from "../measured.ts";
import { type Board, shared, Word } from "./board.ts";

const [file = "", workers = "2", warmMs = "0", mode] = Deno.args;
const { kind, after }: Dag = JSON.parse(Deno.readTextFileSync(file));
const tasks = after.length;

const begin = performance.now();
const board = makeBoard();
const { control, waiting, queue } = board;
const counts = Int32Array.from(after, (dependencies) => dependencies.length);
for (let i = 0; i < board.workers; i++) {
  const url = new URL("bare_worker.ts", import.meta.url);
  new Worker(url, { type: "module" }).postMessage(board);
}
await runOnce();
const coldMs = performance.now() - begin;
const times = await warmRuns(Number(warmMs), runOnce);
const expected = kind === "counter" ? tasks * (1 + times.length) : 0;
if (board.words[1] !== expected) {
  throw new Error(`Counted ${board.words[1]} instead of ${expected}`);
}
if (board.endedMs.some((ms) => ms === 0)) throw new Error("Not every task has ended");
if (waiting.some((count) => count !== 0)) throw new Error("Not every task was run");
printMeasured({ coldMs, warmMs: times, peakMiB: peakMiB() });
Deno.exit();

function makeBoard(): Board {
  const start = shared(tasks + 1);
  for (const dependency of after.flat()) start[dependency + 1]!++;
  for (let task = 0; task < tasks; task++) start[task + 1]! += start[task]!;
  const next = start.slice();
  const list = shared(Math.max(1, after.flat().length));
  for (const [task, dependencies] of after.entries()) {
    for (const dependency of dependencies) list[next[dependency]!++] = task;
  }
  return {
    ...{ start, list, kind },
    workers: Number(workers),
    control: shared(128),
    waiting: shared(tasks),
    queue: shared(tasks + 2 * Number(workers)),
    log: shared(mode === "log" ? 2 * tasks : 0),
    endedMs: new Float64Array(new SharedArrayBuffer(mode === "clock" ? 8 * tasks : 0)),
    words: shared(2),
  };
}

async function runOnce(): Promise<void> {
  await parked();
  reset();
  Atomics.add(control, Word.RUN, 1);
  Atomics.notify(control, Word.RUN);
  const { log } = board;
  let read = 0;
  const hasRecord = () => read < log.length && Atomics.load(log, read) !== 0;
  const isOver = () => read === log.length && Atomics.load(control, Word.LEFT) === 0;
  for (;;) {
    while (hasRecord()) read++;
    if (isOver()) return;
    Atomics.store(control, Word.MAIN_SLEEPS, 1);
    if (isOver() || hasRecord()) continue;
    await Atomics.waitAsync(control, Word.MAIN_SLEEPS, 1).value;
  }
}

/** Resets the shared memory, which threads of the previous run no longer read. */
async function parked(): Promise<void> {
  if (Atomics.load(control, Word.RUN) === 0) return;
  for (;;) {
    const count = Atomics.load(control, Word.PARKED);
    if (count === board.workers) return;
    await Atomics.waitAsync(control, Word.PARKED, count).value;
  }
}

function reset(): void {
  waiting.set(counts);
  queue.fill(0);
  board.log.fill(0);
  // RUN is not reset: a thread that is about to sleep on it may be reading.
  control.fill(0, 0, Word.RUN);
  control.fill(0, Word.RUN + 1);
  control[Word.LEFT] = tasks;
  let ready = 0;
  for (const [task, count] of counts.entries()) if (count === 0) queue[ready++] = task + 1;
  control[Word.TAIL] = ready;
}
