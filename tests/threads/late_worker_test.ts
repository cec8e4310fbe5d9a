/** Kept threads that are not ready for the next run: still loading, or busy. */
import { assert, assertEquals } from "@std/assert";
import { callAfterTimeout } from "../../src/runtime/timers.ts";
import type { Reporter } from "../../src/events/reporter.ts";
import { WorkerPool } from "../../src/pool/worker_pool.ts";
import { runGraph } from "../../src/run/run_graph.ts";
import { SharedState } from "../../src/state/shared_state.ts";
import { bounded } from "../support/bounded.ts";
import { taskModule } from "../support/data_module.ts";
import { policyGraph } from "../support/graphs.ts";
import { statusOf } from "../support/recorded_run.ts";

/** Deno has them; its type declarations do not yet. */
const { locks } = navigator as unknown as {
  locks: { request(name: string, hold: () => unknown): Promise<unknown> };
};

/** A gate that a thread waits at until it is opened. */
class Gate {
  /** The code with which a thread waits. */
  readonly waits: string;
  readonly #held = Promise.withResolvers<void>();
  readonly #opened = Promise.withResolvers<void>();
  readonly #isFree: Promise<unknown>;

  private constructor(name: string) {
    this.waits = `await navigator.locks.request("${name}", () => {});`;
    this.#isFree = locks.request(name, () => {
      this.#held.resolve();
      return this.#opened.promise;
    });
  }

  static async create(): Promise<Gate> {
    const gate = new Gate(`late worker ${crypto.randomUUID()}`);
    await gate.#held.promise;
    return gate;
  }

  async open(): Promise<void> {
    this.#opened.resolve();
    await this.#isFree;
  }
}

/** Threads have long enough to answer on a busy machine, too. */
const TIMEOUTS = { drainMs: 1_000, teardownMs: 1_000 };

/** Whether the next plan reuses the memory of the last: no thread can access it any more. */
function reusesPlan({ planBuffers }: WorkerPool): boolean {
  return planBuffers.take({ words: 1, log: 1 }).byteLength > 4;
}

/** Runs the tasks `a` and `b`; returns their statuses and the number of lost threads. */
async function runOf(pool: WorkerPool, source: string, reporters: readonly Reporter[] = []) {
  const { view } = await bounded(
    runGraph({
      graph: policyGraph({ a: {}, b: {} }),
      pool,
      code: { kind: "module", url: taskModule(source) },
      local: new Map(),
      storeResults: true,
      skipDependents: true,
      reporters,
    }),
    "a run with a late thread",
  );
  return [statusOf(view, "a"), statusOf(view, "b"), view.lostWorkers.length];
}

Deno.test("WorkerPool ends a run when a kept thread has not loaded the module", async () => {
  await using pool = new WorkerPool({ size: 2, state: SharedState.create(), keepWorkers: true });
  const source = `
    if (self.name === "thread_1") await new Promise(() => {});
    export const a = mark(() => 1), b = mark(() => 2);`;
  for (let run = 0; run < 3; run++) {
    assertEquals(await runOf(pool, source), ["passed", "passed", 0], `run ${run}`);
    assert(!reusesPlan(pool), "thread_1 has not received the run yet");
  }
});

Deno.test("WorkerPool uses a late thread in the next run", async () => {
  await using pool = new WorkerPool({ size: 2, state: SharedState.create(), keepWorkers: true });
  const gate = await Gate.create();
  // In the first run thread_1 is held at the gate; in the second each task waits for the other.
  const source = `
    if (self.name === "thread_1") { ${gate.waits} }
    let ended = 0;
    const meet = async (state, mine, other) => {
      state[mine] = true;
      if (self.name === "thread_0" && ended++ < 2) return;
      while (!state[other]) await new Promise((resolve) => setTimeout(resolve, 1));
    };
    export const a = mark((state) => meet(state, self.name, "thread_1"));
    export const b = mark((state) => meet(state, self.name, "thread_1"));`;
  assertEquals(await runOf(pool, source), ["passed", "passed", 0]);
  assert(!reusesPlan(pool), "thread_1 has not received the run yet");
  await gate.open();
  assertEquals(await runOf(pool, source), ["passed", "passed", 0]);
  assert(reusesPlan(pool));
});

Deno.test("WorkerPool replaces a kept thread that stays busy", async () => {
  await using pool = new WorkerPool({
    ...{ size: 1, keepWorkers: true, shutdownTimeouts: TIMEOUTS },
    state: SharedState.create(),
  });
  const name = `busy worker ${crypto.randomUUID()}`;
  const go = new BroadcastChannel(name);
  const isBusy = new Promise((resolve) => go.onmessage = resolve);
  // On the message it is busy for longer than the test, but not forever: a thread in a loop cannot
  // be terminated.
  const source = `
    const go = new BroadcastChannel("${name}");
    go.onmessage = () => {
      go.postMessage("busy");
      for (const end = Date.now() + 20_000; Date.now() < end;);
    };
    export const a = mark(() => 1), b = mark(() => 2);`;
  assertEquals(await runOf(pool, source), ["passed", "passed", 0]);
  go.postMessage("go");
  await isBusy;
  assertEquals(await runOf(pool, source), ["passed", "passed", 1]);
  assert(!reusesPlan(pool), "the lost thread may still access its plan");
  assertEquals(await runOf(pool, source), ["passed", "passed", 0]);
  assert(reusesPlan(pool));
  go.close();
});

Deno.test("WorkerPool waits for a kept thread while it loads code", async () => {
  await using pool = new WorkerPool({
    ...{ size: 1, keepWorkers: true, shutdownTimeouts: TIMEOUTS },
    state: SharedState.create(),
  });
  const tasks = "export const a = mark(() => 1), b = mark(() => 2);";
  assertEquals(await runOf(pool, tasks), ["passed", "passed", 0]);
  const gate = await Gate.create();
  const run = runOf(pool, gate.waits + tasks);
  // The pool started its own wait of the same length a moment earlier.
  await new Promise<void>((resolve) => callAfterTimeout(resolve, TIMEOUTS.drainMs));
  await gate.open();
  assertEquals(await run, ["passed", "passed", 0]);
});

Deno.test("WorkerPool keeps a kept thread when the main thread is blocked", async () => {
  const state = SharedState.create();
  await using pool = new WorkerPool({
    ...{ size: 1, state, keepWorkers: true, shutdownTimeouts: { drainMs: 50, teardownMs: 50 } },
  });
  const source = `
    export const a = mark(async (state) => {
      state.isStarted = true;
      while (state.waits) await new Promise((resolve) => setTimeout(resolve, 1));
    });
    export const b = mark(() => 2);`;
  assertEquals(await runOf(pool, source), ["passed", "passed", 0]);
  Object.assign(state.root, { isStarted: false, waits: true });
  const blocks: Reporter = {
    report({ type }) {
      if (type === "task-started") state.root["waits"] = false;
      if (type !== "task-queued") return;
      for (const end = Date.now() + 200; Date.now() < end || !state.root["isStarted"];);
    },
  };
  assertEquals(await runOf(pool, source, [blocks]), ["passed", "passed", 0]);
});
