// deno-lint-ignore-file no-console
/**
 * A measurement of large_results.ts, in a process of its own: the value passes from one worker
 * to another, as a result or by `postMessage`.
 */
import { Graph } from "../../src/graph/graph.ts";
import { createPool } from "../../src/pool/create_pool.ts";
import { runGraph } from "../../src/run/run_graph.ts";
import { SharedState } from "../../src/state/shared_state.ts";
import { discoverTasks } from "../../src/task/discover.ts";
import { createValue, iterate, type ValueName } from "./large_values.ts";
import * as tasks from "./large_results_tasks.ts";

/** The times of one measurement, in milliseconds. */
export interface Measured {
  /** From the return to the end of the first iteration in another thread. */
  readonly firstMs: number;
  /** The second iteration. */
  readonly secondMs: number;
  /** The longest time between two small writes of a third thread meanwhile. */
  readonly longestMs: number;
  /** The largest resident size of the process, in MB. */
  readonly peakMb: number;
}

type Times = Omit<Measured, "peakMb">;

async function byTasks(): Promise<Times> {
  const state = SharedState.create();
  const found = discoverTasks(tasks);
  const { view } = await runGraph({
    graph: Graph.from(found.map(({ spec }) => spec)),
    pool: await createPool({ workers: 3, state, isolate: "worker" }),
    code: { kind: "module", url: new URL("large_results_tasks.ts", import.meta.url).href },
    local: new Map(found.map((task) => [task.spec.name, task])),
    storeResults: true,
    skipDependents: true,
    reporters: [],
  });
  if (view.counts.passed !== found.length) throw new Error(JSON.stringify(view.outcomes));
  const { times, longestMs } = state.root as unknown as { times: Times; longestMs: number };
  return { firstMs: times.firstMs, secondMs: times.secondMs, longestMs };
}

function byMessages(): Promise<Times> {
  const { promise, resolve } = Promise.withResolvers<Times>();
  const { port1, port2 } = new MessageChannel();
  const reader = new Worker(import.meta.url, { type: "module", name: "reader" });
  const writer = new Worker(import.meta.url, { type: "module", name: "writer" });
  reader.onmessage = ({ data }) => {
    reader.terminate();
    writer.terminate();
    resolve({ ...data, longestMs: 0 });
  };
  reader.postMessage(port1, [port1]);
  writer.postMessage(port2, [port2]);
  return promise;
}

const self = globalThis as unknown as Pick<Worker, "postMessage" | "onmessage"> & { name: string };
const now = () => performance.timeOrigin + performance.now();

/** The side of a worker that posts the value, or receives it. */
function serve({ data: port }: MessageEvent<MessagePort>): void {
  if (self.name === "writer") {
    const value = createValue(Deno.env.get("VALUE") as ValueName);
    port.postMessage([now(), value]);
    return;
  }
  port.onmessage = ({ data: [beginMs, value] }) => {
    iterate(value);
    const endMs = now();
    iterate(value);
    self.postMessage({ firstMs: endMs - beginMs, secondMs: now() - endMs });
  };
}

function peakMb(): number {
  const status = Deno.readTextFileSync("/proc/self/status");
  return Number(/VmHWM:\s+(\d+)/.exec(status)![1]) / 1000;
}

if (self.name === "reader" || self.name === "writer") self.onmessage = serve;
else if (import.meta.main) {
  const times = Deno.env.get("WAY") === "postMessage" ? await byMessages() : await byTasks();
  console.log(JSON.stringify({ ...times, peakMb: peakMb() }));
  Deno.exit();
}
