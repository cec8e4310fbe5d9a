/** One worker thread, as the pool knows it. */
import { assertEquals } from "@std/assert";
import { Plan, TaskState } from "../../src/plan/plan.ts";
import type { RunOrder } from "../../src/pool/pool.ts";
import { WorkerHandle } from "../../src/pool/worker_handle.ts";
import { SharedState } from "../../src/state/shared_state.ts";
import { chainOf } from "../support/graphs.ts";

const [LANE, MAIN, OWNER] = [0, 1, 2];

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
  const state = SharedState.create();
  const handle = new WorkerHandle({
    ...{ entry: new URL("data:,"), name: "thread_0", lane: LANE, owner: OWNER, isListening: true },
    state: state.invite("thread_0"),
    early: quick as unknown as Worker,
  }, { message() {}, gone() {} });
  const order: RunOrder = {
    ...{ plan, names: graph.names, code: { kind: "module", url: "data:," }, local: new Map() },
    ...{ recall() {}, hooks: {} },
    rules: { storeResults: false, isStrict: false, timeoutMs: undefined, epochMs: 0 },
  };
  try {
    handle.run(order, undefined, 0);
    assertEquals([plan.remaining, handle.hasRun(plan)], [0, true]);
  } finally {
    handle.terminate();
  }
});
