/**
 * Runs a graph in a file through the public Scheduler, as the other runners do: results are stored,
 * events emitted, and a reporter is attached.
 *
 *     deno run -A ours.ts dag.json <workers> <warm ms>
 */
import { type Reporter, Scheduler } from "@thread-order/cli";
import type { Dag } from "./dags.ts";
import { workOf } from "./pools/work.mjs";
import { peakMiB, printMeasured, warmRuns } from "./measured.ts";

const [file = "", workers = "2", warmMs = "0"] = Deno.args;
const { kind, after }: Dag = JSON.parse(Deno.readTextFileSync(file));

const begin = performance.now();
const delivered = { events: 0 };
const reporter: Reporter = { report: () => void delivered.events++ };
const scheduler = new Scheduler({
  workers: Number(workers),
  keepWorkers: true,
  module: import.meta.url,
  reporters: [reporter],
  state: { counter: 0 },
});
for (const [id, dependencies] of after.entries()) {
  const options = { after: dependencies.map((it) => `t${it}`) };
  if (kind === "counter") {
    const count = (state: { update(key: string, fn: (n: number) => number): void }) =>
      state.update("counter", (n) => n + 1);
    scheduler.register(count, `t${id}`, { ...options, withState: true });
  } else {
    scheduler.register(workOf(kind, new Int32Array(0)), `t${id}`, options);
  }
}

async function runOnce(): Promise<void> {
  delivered.events = 0;
  const { passed } = await scheduler.start();
  if (passed.length !== after.length) throw new Error(`${passed.length} of ${after.length} passed`);
  const expected = 3 * after.length + 2;
  if (delivered.events !== expected) {
    throw new Error(`${delivered.events} events instead of ${expected}`);
  }
}

if (import.meta.main) {
  await runOnce();
  const coldMs = performance.now() - begin;
  const times = await warmRuns(Number(warmMs), runOnce);
  const expected = kind === "counter" ? after.length * (1 + times.length) : 0;
  const { counter } = scheduler.state;
  if (counter !== expected) throw new Error(`Counted ${counter} instead of ${expected}`);
  await scheduler[Symbol.asyncDispose]();
  printMeasured({ coldMs, warmMs: times, peakMiB: peakMiB() });
}
