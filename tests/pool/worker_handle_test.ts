/** A worker thread, as the pool sees it. */
import { assertEquals } from "@std/assert";
import { Plan, TaskState } from "../../src/plan/plan.ts";
import type { RunSpec } from "../../src/lane/run_spec.ts";
import { WorkerHandle } from "../../src/pool/worker_handle.ts";
import { SharedState } from "../../src/state/shared_state.ts";
import { bounded } from "../support/bounded.ts";
import { chainOf } from "../support/graphs.ts";

const [LANE, MAIN, OWNER] = [0, 1, 2];

/** The handle of a thread that is none. */
function handleOf(thread: Pick<Worker, "postMessage" | "terminate">): WorkerHandle {
  return new WorkerHandle({
    ...{ entry: new URL("data:,"), name: "thread_0", lane: LANE, owner: OWNER, isListening: true },
    state: SharedState.create().invite("thread_0"),
    prestarted: thread as unknown as Worker,
  }, { message() {}, lost() {} });
}

Deno.test("WorkerHandle: what a thread does while it is told of a run is part of that run", () => {
  const graph = chainOf(2);
  const plan = Plan.create(graph, { lanes: 1, skipDependents: true }, MAIN);
  plan.open(LANE, OWNER);
  const quick = {
    postMessage() {
      const mine = Plan.attach(plan.handle, OWNER);
      for (let task = mine.take(LANE, 0); task !== -1;) {
        task = mine.settleAndTake(LANE, task, TaskState.PASSED, 0, 0);
      }
    },
    terminate() {},
  };
  const handle = handleOf(quick);
  const order: RunSpec = {
    ...{ plan, names: graph.names, code: { kind: "module", url: "data:," }, local: new Map() },
    ...{ startSummary() {}, graphWidth: () => 1, hooks: {} },
    rules: { storeResults: false, isStrict: false, timeoutMs: undefined, epochMs: 0 },
  };
  try {
    handle.run(order, undefined, 0);
    assertEquals([plan.remaining, handle.hasTakenTask(plan)], [0, true]);
  } finally {
    handle.terminate();
  }
});

Deno.test("WorkerHandle: no last word is waited for of a thread that is ended, nor of one that was", async () => {
  const handle = handleOf({ postMessage() {}, terminate() {} });
  const limitMs = 600_000;
  const asked = handle.tearDown(limitMs);
  handle.terminate();
  assertEquals(await bounded(asked, "one that is ended", 5_000), true);
  assertEquals(await bounded(handle.tearDown(limitMs), "one that was ended", 5_000), true);
});
