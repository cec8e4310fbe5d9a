/**
 * Memory: heap that a task, an event and a start retain after a garbage collection. The bench
 * starts this as a process with `--expose-gc` and small heaps: otherwise V8 would accumulate some
 * 70 MiB of garbage per worker, which hides growth. Prints one line of JSON.
 */
import { Scheduler } from "../../../mod.ts";
import { Graph } from "../../../src/graph/graph.ts";
import { makeGround } from "./ground.ts";
import { slope } from "./slope.ts";
import { viewOf } from "../../support/view_of.ts";

/** The printed figures. */
export interface Memory {
  /** Bytes of heap for each task: registered, in a graph, in the view of a finished run. */
  readonly registered: number;
  readonly inGraph: number;
  readonly inView: number;
  /** Bytes of heap for each retained event. */
  readonly event: number;
  /**
   * Bytes for each start of a scheduler that keeps its workers, in the second half of the starts.
   */
  readonly heapPerStart: number;
  readonly residentPerStart: number;
  readonly starts: number;
}

const TASKS = 10_000;
const RUN_TASKS = 100;
const LOOK_EVERY = 50;

// Workers import this file to find the tasks.
const scheduler = new Scheduler({ workers: 2, keepWorkers: true, module: import.meta.url });
for (let i = 0; i < RUN_TASKS; i++) {
  scheduler.register(() => ({ ok: true }), `t${i}`, { after: i < 10 ? [] : [`t${i - 10}`] });
}

if (import.meta.main) {
  const starts = Number(Deno.args[0]);
  const { specs, events, graph } = makeGround(TASKS);
  const figures: Memory = {
    registered: held(() => {
      const many = new Scheduler({ module: import.meta.url });
      for (const { name, after } of specs) many.register(() => {}, name, { after });
      return many;
    }) / TASKS,
    inGraph: held(() => Graph.from(specs)) / TASKS,
    inView: held(() => viewOf(events)) / TASKS,
    event: held(() => makeGround(graph.size).events) / events.length,
    ...await growth(starts),
    starts,
  };
  await scheduler[Symbol.asyncDispose]();
  Deno.stdout.writeSync(new TextEncoder().encode(`${JSON.stringify(figures)}\n`));
}

/** Measures the bytes that a value retains. */
function held(make: () => unknown): number {
  const before = heap();
  const value = make();
  const bytes = heap() - before;
  if (value === undefined) throw new Error("Nothing was made");
  return bytes;
}

function heap(): number {
  const { gc } = globalThis as { gc?: () => void };
  for (let i = 0; i < 3; i++) gc!(); // one collection may free objects that retained others
  const { heapUsed, external } = Deno.memoryUsage();
  return heapUsed + external;
}

async function growth(starts: number) {
  const heaps: [number, number][] = [];
  const residents: [number, number][] = [];
  for (let start = 1; start <= starts; start++) {
    const { passed } = await scheduler.start();
    if (passed.length !== RUN_TASKS) throw new Error(`${passed.length} tasks passed`);
    if (start < starts / 2 || start % LOOK_EVERY !== 0) continue;
    heaps.push([start, heap()]);
    residents.push([start, Deno.memoryUsage().rss]);
  }
  return { heapPerStart: slope(heaps), residentPerStart: slope(residents) };
}
