/** Prestarted workers: their use by a run, and their end without one. */
import { assertEquals, assertInstanceOf } from "@std/assert";
import { PrestartedWorker } from "../../src/pool/prestarted_worker.ts";
import { WorkerPool } from "../../src/pool/worker_pool.ts";
import { runGraph } from "../../src/run/run_graph.ts";
import { SharedState } from "../../src/state/shared_state.ts";
import { dataModule, taskModule } from "../support/data_module.ts";
import { policyGraph } from "../support/graphs.ts";

/** Runs a module with the one task `a` in a pool of one thread, and returns the task's result. */
async function resultOfA(early: PrestartedWorker, source: string): Promise<unknown> {
  const state = SharedState.create();
  const { view } = await runGraph({
    graph: policyGraph({ a: {} }),
    pool: new WorkerPool({ size: 1, state, prestarted: early }),
    code: { kind: "module", url: taskModule(source) },
    local: new Map(),
    storeResults: true,
    skipDependents: true,
    reporters: [],
  });
  assertEquals(view.outcomes[0]?.status, "passed");
  return state.root.results["a"];
}

Deno.test("PrestartedWorker keeps what it loaded for the first task of a run", async () => {
  using early = new PrestartedWorker();
  early.load(dataModule("globalThis.wasHere = true;"));
  assertEquals(await resultOfA(early, "export const a = mark(() => globalThis.wasHere);"), true);
  assertEquals(early.take(), undefined, "it is taken once");
});

Deno.test("PrestartedWorker ignores errors of the modules that it loads", async () => {
  using early = new PrestartedWorker();
  early.load(import.meta.resolve("./nowhere.ts"));
  early.load(dataModule("throw new Error('not yet');"));
  assertEquals(await resultOfA(early, "export const a = mark(() => 1);"), 1);
});

Deno.test("WorkerPool starts another thread when the prestarted one is disposed of", async () => {
  const early = new PrestartedWorker();
  early[Symbol.dispose]();
  assertEquals(await resultOfA(early, "export const a = mark(() => 1);"), 1);
});

Deno.test("PrestartedWorker does not terminate its worker after it was taken", async () => {
  const early = new PrestartedWorker();
  const worker = early.take();
  assertInstanceOf(worker, Worker);
  early[Symbol.dispose]();
  const { promise, resolve } = Promise.withResolvers<void>();
  worker.onmessage = () => resolve();
  worker.postMessage({ type: "teardown" });
  await promise; // it answers
  worker.terminate();
});

Deno.test("PrestartedWorker does not keep the process alive when it is not used", async () => {
  const entry = import.meta.resolve("../../src/pool/prestarted_worker.ts");
  const { code } = await new Deno.Command(Deno.execPath(), {
    args: ["eval", `import { PrestartedWorker } from "${entry}"; new PrestartedWorker();`],
    stderr: "inherit",
  }).output();
  assertEquals(code, 0);
});
