/** Guarantees of all pools. */
import { assert, assertEquals } from "@std/assert";
import type { ErrorRecord } from "../../src/base/error_record.ts";
import type { RunEvent } from "../../src/events/run_event.ts";
import type { Graph } from "../../src/graph/graph.ts";
import { Plan } from "../../src/plan/plan.ts";
import { InlinePool } from "../../src/pool/inline_pool.ts";
import type { Pool } from "../../src/pool/pool.ts";
import { ProcessPool } from "../../src/pool/process_pool.ts";
import { WorkerPool } from "../../src/pool/worker_pool.ts";
import { runGraph } from "../../src/run/run_graph.ts";
import { SharedState } from "../../src/state/shared_state.ts";
import { discoverTasks } from "../../src/task/discover.ts";
import type { TaskId } from "../../src/task/task.ts";
import { bounded } from "../support/bounded.ts";
import { taskModule } from "../support/data_module.ts";
import { policyGraph } from "../support/graphs.ts";
import { statusOf } from "../support/recorded_run.ts";
import { assertWellFormed } from "../support/well_formed.ts";

async function run(pool: Pool, graph: Graph, source: string) {
  const url = taskModule(source);
  const local = discoverTasks(await import(url));
  const events: RunEvent[] = [];
  const { view } = await bounded(
    runGraph({
      ...{ graph, pool, storeResults: true, skipDependents: true },
      code: { kind: "module", url },
      local: new Map(local.map((task) => [task.spec.name, task])),
      reporters: [{ report: (event) => void events.push(event) }],
    }),
    "the run",
  );
  assertWellFormed(events, graph, { skipDependents: true });
  return view;
}

const THREADS = { WorkerPool, ProcessPool };
const POOLS: Readonly<Record<string, (state: SharedState) => Pool>> = {
  WorkerPool: (state) => new WorkerPool({ size: 1, state }),
  ProcessPool: (state) => new ProcessPool({ size: 1, state }),
  InlinePool: (state) => new InlinePool(state, {}),
};

const LEAKS: Readonly<Record<string, string>> = {
  "a timer that throws": 'setTimeout(() => { throw new Error("left"); });',
  "a promise that rejects": 'Promise.reject(new Error("left"));',
};
for (const [name, make] of Object.entries(POOLS)) {
  for (const [leak, code] of Object.entries(LEAKS)) {
    // Timers of the main thread belong to the program.
    if (name === "InlinePool" && leak.includes("timer")) continue;
    Deno.test(`${name} reports ${leak} as a stray error of the run`, async () => {
      const startMs = performance.now();
      const source = `export const a = mark(() => { ${code} });`;
      const view = await run(make(SharedState.create()), policyGraph({ a: {} }), source);
      const ranMs = performance.now() - startMs;
      assertEquals(statusOf(view, "a"), "passed");
      assertEquals(view.strayErrors.map(({ error }) => error.message), ["left"]);
      const { startedMs: [taskMs], elapsedMs } = view;
      assert(taskMs! <= elapsedMs && elapsedMs <= ranMs, `${elapsedMs} of ${ranMs} ms`);
    });
  }
}

for (const [name, make] of Object.entries(POOLS)) {
  Deno.test(`${name} keeps the thread when a task reacts to its timeout`, async () => {
    const url = taskModule(`export const a = mark((_state, task) => new Promise((_, reject) => {
      task.signal.addEventListener("abort", () => reject(task.signal.reason));
      task.log.info("begun");
    }));`);
    const local = new Map(discoverTasks(await import(url)).map((task) => [task.spec.name, task]));
    const graph = policyGraph({ a: {} });
    const plan = Plan.create(graph, { lanes: 1, skipDependents: true }, 1);
    const failed = Promise.withResolvers<ErrorRecord>();
    await using pool = make(SharedState.create());
    pool.run({
      ...{ plan, names: graph.names, code: { kind: "module", url }, local, hooks: {} },
      rules: { storeResults: true, isStrict: false, timeoutMs: undefined, epochMs: 0 },
      startSummary() {},
      graphWidth: () => 1,
    }, {
      isReporting: false,
      message(lane, message) {
        if (message.type === "output") pool.expire(lane, 0 as TaskId, 1);
        if (message.type === "failed") failed.resolve(message.error);
      },
      notice() {},
      lost: (_lane, error) => failed.reject(new Error(error.message)),
      exhausted: (error) => failed.reject(new Error(error.message)),
    });
    const { type } = await bounded(failed.promise, "the task to fail");
    assertEquals(type, "TimeoutError");
    await bounded(pool.finish(), "the end of the run");
  });
}

/**
 * Code that waits until the test has posted `go`.
 *
 * @param channel Another one for each test: a thread may post after the end of its test.
 */
const wait = (channel: string) =>
  `await new Promise((resolve) => {
  const channel = new BroadcastChannel("${channel}");
  channel.onmessage = ({ data }) => data === "go" && resolve(channel.close());
  channel.postMessage("waiting");
});`;
const WAITING_MODULES = {
  "a task runs": `export const a = mark(async () => { ${wait("a task runs")} });`,
  "a module loads": `export const a = mark(() => {});
    if (globalThis.WorkerGlobalScope !== undefined) { ${wait("a module loads")} }`,
};
for (const [when, source] of Object.entries(WAITING_MODULES)) {
  Deno.test(`WorkerPool starts threads for later tasks while ${when}`, async () => {
    using channel = new DisposableChannel(when);
    const state = SharedState.create();
    const { invite } = state;
    let started = 0;
    const go = () => started === 2 && channel.postMessage("go");
    channel.onmessage = go;
    state.invite = (thread) => {
      started++;
      go();
      return invite.call(state, thread);
    };
    const graph = policyGraph({ a: {}, b: { after: ["a"] }, c: { after: ["a"] } });
    const later = "export const b = mark(() => {}), c = mark(() => {});";
    const { counts } = await run(new WorkerPool({ size: 2, state }), graph, later + source);
    assertEquals([counts.passed, started], [3, 2]);
  });
}

Deno.test("WorkerPool starts all its threads when long tasks follow short ones", async () => {
  using channel = new DisposableChannel("all threads");
  let waiting = 0;
  channel.onmessage = ({ data }) => {
    if (data === "waiting" && ++waiting === 4) channel.postMessage("go");
  };
  const short = Array.from({ length: 40 }, (_, i) => `s${i}`);
  const long = ["w", "x", "y", "z"];
  const graph = policyGraph({
    ...Object.fromEntries(short.map((name) => [name, {}])),
    ...Object.fromEntries(long.map((name) => [name, { after: ["s0"] }])),
  });
  const source = [
    ...short.map((name) => `export const ${name} = mark(() => {});`),
    ...long.map((name) => `export const ${name} = mark(async () => { ${wait("all threads")} });`),
  ];
  const pool = new WorkerPool({ size: 4, state: SharedState.create() });
  const { counts } = await run(pool, graph, source.join("\n"));
  assertEquals(counts.passed, 44);
});

class DisposableChannel extends BroadcastChannel {
  [Symbol.dispose](): void {
    this.close();
  }
}

for (const [name, Threads] of Object.entries(THREADS)) {
  Deno.test(`${name} starts fewer threads than its size when there is little work`, async () => {
    const state = SharedState.create();
    const { invite } = state;
    let started = 0;
    state.invite = (thread) => {
      started++;
      return invite.call(state, thread);
    };
    const source = "export const a = mark(() => {}), b = mark(() => {}), c = mark(() => {});";
    const graph = policyGraph({ a: {}, b: { after: ["a"] }, c: { after: ["b"] } });
    const { counts } = await run(new Threads({ size: 3, state }), graph, source);
    assertEquals(counts.passed, 3);
    // Another process if the first is slow to take the task that is ready.
    assert(started <= (name === "WorkerPool" ? 1 : 2), `${started} started`);
    state.root["written"] = "when all threads are gone";
  });

  Deno.test(`${name} frees the state lock when its holder is terminated`, async () => {
    const source = `
      export const a = mark(async (state) => {
        state._state_lock.acquire();
        await new Promise(() => setInterval(() => {}, 60_000));
      });
      export const b = mark((state) => state._state_lock.run(() => 1));`;
    const graph = policyGraph({ a: { timeout: 100 }, b: { after: ["a"], when: "always" } });
    const view = await run(new Threads({ size: 1, state: SharedState.create() }), graph, source);
    assertEquals([statusOf(view, "a"), statusOf(view, "b")], ["failed", "passed"]);
  });
}
