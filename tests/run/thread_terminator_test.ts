/** Termination of threads. */
import { assert, assertEquals } from "@std/assert";
import { Plan, TaskState } from "../../src/plan/plan.ts";
import type { Pool } from "../../src/pool/pool.ts";
import { ThreadTerminator } from "../../src/run/thread_terminator.ts";
import type { TaskId } from "../../src/task/task.ts";
import { bounded } from "../support/bounded.ts";
import { policyGraph } from "../support/graphs.ts";

const [A, B] = [0, 1] as TaskId[] as [TaskId, TaskId];

/** Creates a plan, and the first lane's view of it. */
function planOf(tasks: Parameters<typeof policyGraph>[0], lanes = 1) {
  const graph = policyGraph(tasks);
  const policies = graph.tasks.map((task) => task.policy);
  const plan = Plan.create(graph, { lanes, skipDependents: true, policies }, 1);
  const lane = Plan.attach(plan.handle, 2);
  lane.open(0);
  return { names: graph.names, plan, lane };
}

Deno.test("ThreadTerminator spares a thread that runs another task", () => {
  const { names, plan, lane } = planOf({ a: {}, b: {} });
  const killed: string[] = [];
  const kill: Pool["kill"] = (_lane, { message }) => void killed.push(message);
  const terminator = new ThreadTerminator(plan, { canKill: true, kill }, names, []);
  assertEquals(lane.take(0, 0), A);
  assertEquals(lane.settleAndTake(0, A, TaskState.PASSED, 1, 0), B);
  terminator.terminateTimedOut(0, A, 10);
  assertEquals(killed, []);
  terminator.terminateTimedOut(0, B, 10);
  assertEquals(killed, [
    'thread_0 was terminated: task "b" did not end within 200 ms of its timeout',
  ]);
  const { error } = terminator.resultFor({ type: "WorkerError", message: "of itself" });
  assertEquals(error.type, "WorkerLostError", "the verdict was of that end alone");
});

Deno.test("ThreadTerminator keeps the lane of a thread that cannot be killed, and reports only a cancellation", async () => {
  const { names, plan, lane } = planOf({ a: {} });
  const killed = Promise.withResolvers<string>();
  const kill: Pool["kill"] = (_lane, { message }) => killed.resolve(message);
  using terminator = new ThreadTerminator(plan, { canKill: false, kill }, names, []);
  lane.take(0, 0);
  terminator.terminateTimedOut(0, A, 10);
  plan.cancel(0);
  terminator.terminateCancelledAfterGrace("interrupted");
  assertEquals(await killed.promise, 'task "a" was abandoned: the run was interrupted');
  lane.settle(0, A, TaskState.PASSED, 0);
});

const NO_LEAKS = { sanitizeOps: true }; // has the test runner report leaked timers

Deno.test(
  "ThreadTerminator terminates nothing after its disposal",
  NO_LEAKS,
  () => {
    const { names, plan } = planOf({ a: {} });
    const terminator = new ThreadTerminator(plan, { canKill: true, kill: () => {} }, names, []);
    terminator.terminateCancelledAfterGrace("fail-fast");
    terminator.terminateCancelledAfterGrace("deadline");
    terminator[Symbol.dispose]();
  },
);

Deno.test("ThreadTerminator never terminates a cleanup task when there is no deadline", async () => {
  const policies = [{}, { when: "always" }] as const;
  const { names, plan, lane } = planOf({ a: {}, b: policies[1] }, 2);
  lane.open(1);
  assertEquals([lane.take(0, 0), lane.take(1, 0)], [A, B]);
  plan.cancel(0);
  const killed: number[] = [];
  const over = Promise.withResolvers<void>();
  const kill: Pool["kill"] = (lane) => {
    killed.push(lane);
    over.resolve();
  };
  using terminator = new ThreadTerminator(plan, { canKill: true, kill }, names, policies, 1);
  terminator.terminateCancelledAfterGrace("fail-fast");
  await bounded(over.promise, "the end of a");
  assertEquals(killed, [0]);
});

Deno.test("ThreadTerminator fails each cleanup task past its time limit after a deadline", async () => {
  const policies = [{}, { when: "always" }, { when: "always" }] as const;
  const [a, b, c] = policies;
  const graph = policyGraph({ a, b: { ...b, after: ["a"] }, c: { ...c, after: ["b"] } });
  const plan = Plan.create(graph, { lanes: 1, skipDependents: true, policies }, 1);
  plan.open(0);
  assertEquals(plan.take(0, 0), A);
  plan.cancel(0);
  const over = Promise.withResolvers<void>();
  const ended: (readonly [number, number | undefined])[] = [];
  const kill: Pool["kill"] = (lane, error) => {
    const task = plan.fence(lane) as TaskId;
    const { outcome } = terminator.resultFor(error);
    ended.push([task, outcome]);
    plan.settle(lane, task, outcome, 0);
    if (plan.take(lane, 0) < 0) over.resolve();
  };
  using terminator = new ThreadTerminator(
    plan,
    { canKill: true, kill },
    graph.names,
    policies,
    300,
  );
  terminator.terminateCancelledAfterGrace("deadline");
  await bounded(over.promise, "the end of what cleans up");
  assertEquals(ended, [[0, TaskState.CANCELLED], [1, TaskState.FAILED], [2, TaskState.FAILED]]);
});

Deno.test("ThreadTerminator measures a cleanup task's time limit from its start", async () => {
  const policies = [{ when: "always" }, { when: "always" }] as const;
  const [a, b] = policies;
  const graph = policyGraph({ a, b: { ...b, after: ["a"] } });
  const plan = Plan.create(graph, { lanes: 1, skipDependents: true, policies }, 1);
  plan.open(0);
  assertEquals(plan.take(0, 0), A);
  plan.cancel(0);
  const cleanUpMs = 400;
  const killed = Promise.withResolvers<number>();
  const kill: Pool["kill"] = () => killed.resolve(performance.now());
  using terminator = new ThreadTerminator(
    plan,
    { canKill: true, kill },
    graph.names,
    policies,
    cleanUpMs,
  );
  terminator.terminateCancelledAfterGrace("deadline");
  const began = Promise.withResolvers<number>();
  setTimeout(() => {
    assertEquals(plan.settleAndTake(0, A, TaskState.PASSED, 0, 0), B);
    began.resolve(performance.now());
  }, cleanUpMs * 0.8); // before the time limit of the first
  const tookMs = await bounded(killed.promise, "the end of b") - await began.promise;
  assert(tookMs > cleanUpMs * 0.9, `it had ${tookMs} ms`);
});

Deno.test("ThreadTerminator names the task on one line", () => {
  const graph = policyGraph({ "a\nb\x1b[2J": {} });
  const plan = Plan.create(graph, { lanes: 1, skipDependents: true }, 1);
  plan.open(0);
  assertEquals(plan.take(0, 0), A);
  const messages: string[] = [];
  const kill: Pool["kill"] = (_lane, { message }) => void messages.push(message);
  const terminator = new ThreadTerminator(plan, { canKill: true, kill }, graph.names, []);
  terminator.terminateTimedOut(0, A, 10);
  assertEquals(messages, [
    'thread_0 was terminated: task "a\\nb\\u001b[2J" did not end within 200 ms of its timeout',
  ]);
});
