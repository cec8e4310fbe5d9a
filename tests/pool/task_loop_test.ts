/** The loop of a thread, where what matters is what comes between two of its steps. */
import { assert, assertEquals } from "@std/assert";
import { Plan, TaskState } from "../../src/plan/plan.ts";
import type { LaneMessage } from "../../src/pool/lane_message.ts";
import { TaskLoop } from "../../src/pool/task_loop.ts";
import { Scheduler } from "../../src/scheduler/scheduler.ts";
import { SharedState } from "../../src/state/shared_state.ts";
import type { TaskId } from "../../src/task/task.ts";
import { bounded } from "../support/bounded.ts";
import { graphOf, policyGraph } from "../support/graphs.ts";

const RULES = { storeResults: false, isStrict: false, timeoutMs: undefined, epochMs: 0 };

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
    ...{ plan, lane: 0, state, rules: { ...RULES, storeResults: true }, postedBase: 0 },
    code: { get: (task) => ({ spec: graph.tasks[task]!, call: calls[task]! }) },
    say: () => {},
    turn: () => Promise.resolve(loop.expire(b, 1, false)),
    isOwnThread: false,
  });
  await bounded(loop.run(), "a task that was late before it began", 5_000);
  assertEquals([0, 1].map((task) => plan.stateOf(task)), [TaskState.PASSED, TaskState.FAILED]);
});

Deno.test("TaskLoop: what a task says comes after all that other threads had logged by then, at its own time", async () => {
  const graph = graphOf({ a: [], b: [] });
  const [a, b] = ["a", "b"].map((name) => graph.names.indexOf(name) as TaskId);
  const plan = Plan.create(graph, { lanes: 2, skipDependents: true }, 1);
  const other = Plan.attach(plan.handle, 2);
  const said: LaneMessage[] = [];
  let saidMs = 0;
  const call = () => {
    other.open(1);
    assertEquals(other.take(1, 0), b);
    other.settle(1, b!, TaskState.PASSED, 0);
    loop.output("stdout", "info", "hello");
    saidMs = performance.timeOrigin + performance.now();
  };
  const loop = new TaskLoop({
    ...{ plan, lane: 0, rules: RULES, postedBase: 0 },
    state: SharedState.create(),
    code: { get: (task) => ({ spec: graph.tasks[task]!, call }) },
    say: (message) => void said.push(message),
    turn: () => Promise.resolve(),
    isOwnThread: false,
  });
  plan.open(0);
  await bounded(loop.run(), "a task that says something", 5_000);
  assertEquals(plan.stateOf(a!), TaskState.PASSED);
  const [{ after, atMs = 0 }] = said as [LaneMessage];
  assertEquals(after, 5); // two queued, two started, one passed
  assert(Math.abs(saidMs - atMs) < 1_000, `${saidMs - atMs} ms later`);
});

Deno.test("TaskLoop: whatever `await` would wait for is waited for, a function with `then` as well", async () => {
  const s = new Scheduler({ mode: "inline", storeResults: false });
  const later = (end: "resolve" | "reject") => () => {
    const { promise, ...ends } = Promise.withResolvers<number>();
    queueMicrotask(() => ends[end](1));
    return Object.assign(() => {}, { then: promise.then.bind(promise) });
  };
  s.register(later("resolve"), "passes");
  s.register(later("reject"), "fails");
  const { passed, failed } = await bounded(s.start(), "the run");
  assertEquals([passed, failed], [["passes"], ["fails"]]);
});
