/** Threads that do not shut down: a missing teardown is reported and fails the run. */
import { assertEquals } from "@std/assert";
import type { RunEvent } from "../../src/events/run_event.ts";
import { isSuccessful } from "../../src/events/run_view.ts";
import { InlinePool } from "../../src/pool/inline_pool.ts";
import type { Pool } from "../../src/pool/pool.ts";
import { ProcessPool } from "../../src/pool/process_pool.ts";
import { WorkerPool } from "../../src/pool/worker_pool.ts";
import { runGraph } from "../../src/run/run_graph.ts";
import { SharedState } from "../../src/state/shared_state.ts";
import { discoverTasks } from "../../src/task/discover.ts";
import { findHooks } from "../../src/task/hooks.ts";
import { bounded } from "../support/bounded.ts";
import { LIBRARY } from "../support/command.ts";
import { taskModule } from "../support/data_module.ts";
import { policyGraph } from "../support/graphs.ts";
import { statusOf } from "../support/recorded_run.ts";
import { assertWellFormed } from "../support/well_formed.ts";

const shutdownTimeouts = { drainMs: 2_000, teardownMs: 100 };
const GRAPH = policyGraph({ a: {} });

const POOLS: Readonly<Record<string, (state: SharedState) => Pool>> = {
  WorkerPool: (state) => new WorkerPool({ size: 1, state, shutdownTimeouts }),
  ProcessPool: (state) => new ProcessPool({ size: 1, state, shutdownTimeouts }),
  InlinePool: (state) => new InlinePool(state, { shutdownTimeouts }),
};

/** @param rest More source of the module; `graph` then has its tasks. */
async function run(pool: Pool, teardown: string, rest = "", graph = GRAPH) {
  const folder = await Deno.makeTempDir({ prefix: "thread-order-shutdown-" });
  try {
    const path = `${folder}/module.ts`;
    await Deno.writeTextFile(
      path,
      `import { mark } from "${LIBRARY}";
      export const a = mark(() => 1);
      ${rest}
      export const teardownWorker = ${teardown};`,
    );
    const url = `file://${path}`;
    const namespace = await import(url);
    const events: RunEvent[] = [];
    const { view } = await bounded(
      runGraph({
        ...{ graph, pool, storeResults: true, skipDependents: true },
        code: { kind: "module", url },
        local: new Map(discoverTasks(namespace).map((task) => [task.spec.name, task])),
        hooks: findHooks(namespace),
        reporters: [{ report: (event) => void events.push(event) }],
      }),
      "a run whose threads do not shut down",
    );
    assertWellFormed(events, graph, { skipDependents: true });
    const strays = view.strayErrors.map(({ error }) => `${error.type}: ${error.message}`);
    return {
      a: statusOf(view, "a"),
      strays,
      lost: view.lostWorkers.length,
      isWell: isSuccessful(view),
    };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

for (const [name, make] of Object.entries(POOLS)) {
  Deno.test(`${name} fails the run when teardownWorker never ends`, async () => {
    const end = await run(make(SharedState.create()), "() => new Promise(() => {})");
    assertEquals(end, {
      a: "passed",
      strays: ["TeardownError: teardownWorker did not end within 0.1 s of the end of the run"],
      lost: name === "InlinePool" ? 0 : 1,
      isWell: false,
    });
  });
}

Deno.test("ProcessPool fails the run when a process dies during teardown", async () => {
  const pool = POOLS.ProcessPool!(SharedState.create());
  const end = await run(pool, `() => Deno.kill(Deno.pid, "SIGKILL")`);
  assertEquals(end, {
    a: "passed",
    strays: ["TeardownError: the process exited before teardownWorker ended"],
    lost: 1,
    isWell: false,
  });
});

Deno.test("ProcessPool loses a lane once when one of its processes dies in teardown", async () => {
  const shutdownTimeouts = { drainMs: 60_000, teardownMs: 60_000 };
  const pool = new ProcessPool({
    size: 1,
    state: SharedState.create(),
    shutdownTimeouts,
  });
  const teardown = `async () => {
    const { state } = await Deno.permissions.query({ name: "env" });
    if (state === "granted") Deno.kill(Deno.pid, "SIGKILL");
    await new Promise(() => setInterval(() => {}, 60_000));
  }`;
  const rest = 'export const b = mark({ permissions: "none" }, () => 2);';
  const graph = policyGraph({ a: {}, b: { permissions: "none" } });
  assertEquals(await run(pool, teardown, rest, graph), {
    a: "passed",
    strays: Array(2).fill("TeardownError: the process exited before teardownWorker ended"),
    lost: 1,
    isWell: false,
  });
});

Deno.test("ProcessPool does not wait for a replacement process that is late", async () => {
  const state = SharedState.create();
  const shutdownTimeouts = { drainMs: 10_000, teardownMs: 10_000 };
  const pool = new ProcessPool({ size: 1, state, shutdownTimeouts });
  const url = taskModule(`
    const turn = () => new Promise((resolve) => setTimeout(resolve, 1));
    export const a = mark(async (state) => {
      turn().then(async () => {
        while (!state.isRunning) await turn();
        Deno.kill(Deno.pid, "SIGKILL");
      });
    });
    export const b = mark({ after: ["a"], permissions: "none" }, async (state) => {
      state.isRunning = true;
      while (!state.isReplaced) await turn();
    });
    export async function setupWorker(state) {
      if (!state.isRunning) return;
      state.isReplaced = true;
      for (;;) await turn();
    }`);
  const graph = policyGraph({ a: {}, b: { permissions: "none" } });
  const local = discoverTasks(await import(url));
  const { view } = await bounded(
    runGraph({
      ...{ graph, pool, storeResults: true, skipDependents: true, reporters: [] },
      code: { kind: "module", url },
      local: new Map(local.map((task) => [task.spec.name, task])),
    }),
    "the run",
  );
  assertEquals([statusOf(view, "a"), statusOf(view, "b")], ["passed", "passed"]);
  assertEquals([view.strayErrors.length, view.lostWorkers], [1, []]);
});

for (const ThreadPool of [WorkerPool, ProcessPool]) {
  Deno.test(`${ThreadPool.name} tears down once when it is disposed of twice at once`, async () => {
    const state = SharedState.create();
    const shutdownTimeouts = { drainMs: 60_000, teardownMs: 60_000 };
    const pool = new ThreadPool({ size: 1, state, shutdownTimeouts, keepWorkers: true });
    state.root["torn"] = [];
    const url = taskModule(`export const a = mark(() => 1);
      export const teardownWorker = (state) => void state.torn.push(1);`);
    const hooks = { teardownWorker() {} };
    await bounded(
      runGraph({
        ...{ graph: GRAPH, pool, hooks, storeResults: true, skipDependents: true },
        code: { kind: "module", url },
        local: new Map(),
        reporters: [],
      }),
      "the run",
    );
    const both = [pool[Symbol.asyncDispose](), pool[Symbol.asyncDispose]()];
    await bounded(Promise.all(both), "the pool's end");
    assertEquals([...state.root["torn"]], [1]);
  });
}
