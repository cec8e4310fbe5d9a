/** The loop of a thread, and events between two of its steps. */
import { assert, assertEquals } from "@std/assert";
import { Plan, TaskState } from "../../src/plan/plan.ts";
import { DeclaredReads } from "../../src/thread/declared_reads.ts";
import type { LaneMessage } from "../../src/lane/lane_message.ts";
import { TaskLoop } from "../../src/thread/task_loop.ts";
import { Scheduler } from "../../src/scheduler/scheduler.ts";
import { SharedState } from "../../src/state/shared_state.ts";
import type { TaskId } from "../../src/task/task.ts";
import { bounded } from "../support/bounded.ts";
import { graphOf, policyGraph } from "../support/graphs.ts";

const RULES = { storeResults: false, isStrict: false, timeoutMs: undefined, epochMs: 0 };

/** Blocks until the event loop is due a turn before the next task. */
function busy(): void {
  const endMs = performance.now() + 10;
  while (performance.now() < endMs);
}

Deno.test("TaskLoop fails a task without a call when its timeout passed before", async () => {
  const graph = policyGraph({ a: {}, b: { timeout: 1 } });
  const state = SharedState.create();
  state.openResults(graph.names);
  const policies = graph.tasks.map((task) => task.policy);
  const plan = Plan.create(graph, { lanes: 1, skipDependents: true, policies }, 1);
  plan.open(0);
  const b = graph.names.indexOf("b") as TaskId;
  const calls = [busy, () => new Promise(() => {})];
  const loop: TaskLoop = new TaskLoop({
    ...{ plan, lane: 0, state, rules: { ...RULES, storeResults: true }, firstSeq: 0 },
    code: { get: (task) => ({ spec: graph.tasks[task]!, call: calls[task]! }) },
    send: () => {},
    turn: () => Promise.resolve(loop.expire(b, 1, false)),
    isOwnThread: false,
  });
  await bounded(loop.run(), "a task that was late before it began", 5_000);
  assertEquals([0, 1].map((task) => plan.stateOf(task)), [TaskState.PASSED, TaskState.FAILED]);
});

Deno.test("TaskLoop sends messages with the log's position and their own time", async () => {
  const graph = graphOf({ a: [], b: [] });
  const [a, b] = ["a", "b"].map((name) => graph.names.indexOf(name) as TaskId);
  const plan = Plan.create(graph, { lanes: 2, skipDependents: true }, 1);
  const other = Plan.attach(plan.handle, 2);
  const sent: LaneMessage[] = [];
  let sentMs = 0;
  const call = () => {
    other.open(1);
    assertEquals(other.take(1, 0), b);
    other.settle(1, b!, TaskState.PASSED, 0);
    loop.output("stdout", "info", "hello");
    sentMs = performance.timeOrigin + performance.now();
  };
  const loop = new TaskLoop({
    ...{ plan, lane: 0, rules: RULES, firstSeq: 0 },
    state: SharedState.create(),
    code: { get: (task) => ({ spec: graph.tasks[task]!, call }) },
    send: (message) => void sent.push(message),
    turn: () => Promise.resolve(),
    isOwnThread: false,
  });
  plan.open(0);
  await bounded(loop.run(), "a task that prints", 5_000);
  assertEquals(plan.stateOf(a!), TaskState.PASSED);
  const [{ after, atMs = 0 }] = sent as [LaneMessage];
  assertEquals(after, 5); // two queued, two started, one passed
  assert(Math.abs(sentMs - atMs) < 1_000, `${sentMs - atMs} ms later`);
});

Deno.test("TaskLoop notices work that arrives before it parks", async () => {
  for (const graph of [graphOf({ a: [] }), graphOf({ a: [], b: ["a"] })]) {
    const plan = Plan.create(graph, { lanes: 2, skipDependents: true }, 1);
    plan.open(0);
    const other = Plan.attach(plan.handle, 2);
    other.open(1);
    const a = other.take(1, 0) as TaskId;
    const loop = new TaskLoop({
      ...{ plan, lane: 0, rules: RULES, firstSeq: 0 },
      state: SharedState.create(),
      code: { get: (task) => ({ spec: graph.tasks[task]!, call: () => {} }) },
      send: () => {},
      turn: () => Promise.resolve(other.settle(1, a, TaskState.PASSED, 0)),
      isOwnThread: false,
    });
    await bounded(loop.run(), `${graph.size - 1} tasks more`, 5_000);
    assertEquals(plan.remaining, 0);
  }
});

Deno.test("TaskLoop attributes a read between two tasks to neither when the run is strict", async () => {
  const graph = graphOf({ a: ["b"], b: [] });
  const plan = Plan.create(graph, { lanes: 1, skipDependents: true }, 1);
  plan.open(0);
  const state = SharedState.create();
  const tasks = new Map(
    graph.tasks.map((spec) => [spec.name, { spec, call: spec.name === "b" ? busy : () => {} }]),
  );
  let turns = 0;
  const loop = new TaskLoop({
    ...{ plan, lane: 0, state, rules: { ...RULES, storeResults: true }, firstSeq: 0 },
    code: { get: (task) => tasks.get(graph.names[task]!)! },
    reads: new DeclaredReads(tasks),
    send: () => {},
    turn: () => {
      turns++;
      state.root.results["a"]; // by leaked code of `b`, which runs before `a`
      return Promise.resolve();
    },
    isOwnThread: false,
  });
  state.openResults(graph.names);
  await bounded(loop.run(), "two tasks", 5_000);
  assert(turns > 0, "the event loop had no turn");
  assertEquals([0, 1].map((task) => plan.stateOf(task)), [TaskState.PASSED, TaskState.PASSED]);
});

Deno.test("TaskLoop awaits any thenable, including functions", async () => {
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
