/** The loop of a thread, where what matters is what comes between two of its steps. */
import { assertEquals } from "@std/assert";
import { Plan, TaskState } from "../../src/plan/plan.ts";
import { TaskLoop } from "../../src/pool/task_loop.ts";
import { SharedState } from "../../src/state/shared_state.ts";
import type { TaskId } from "../../src/task/task.ts";
import { bounded } from "../support/bounded.ts";
import { policyGraph } from "../support/graphs.ts";

Deno.test("TaskLoop: an attempt that is late before it is called fails, and is not called", async () => {
  const graph = policyGraph({ a: {}, b: { timeout: 1 } });
  const state = SharedState.create();
  state.openResults(graph.names);
  const policies = graph.tasks.map((task) => task.policy);
  const plan = Plan.create(graph, { lanes: 1, skipDependents: true, policies }, 1);
  plan.open(0);
  const b = graph.names.indexOf("b") as TaskId;
  const busyMs = 10; // so that the event loop is due its turn, between `a` and `b`
  const calls = [
    () => {
      const endMs = performance.now() + busyMs;
      while (performance.now() < endMs);
    },
    () => new Promise(() => {}),
  ];
  const loop: TaskLoop = new TaskLoop({
    ...{
      plan,
      lane: 0,
      state,
      storeResults: true,
      timeoutMs: undefined,
      epochMs: 0,
      postedBase: 0,
    },
    code: { get: (task) => ({ spec: graph.tasks[task]!, call: calls[task]! }) },
    say: () => {},
    turn: () => Promise.resolve(loop.expire(b, 1, false)),
    isOwnThread: false,
  });
  await bounded(loop.run(), "a task that was late before it began", 5_000);
  assertEquals([0, 1].map((task) => plan.stateOf(task)), [TaskState.PASSED, TaskState.FAILED]);
});
