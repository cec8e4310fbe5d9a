/** Real threads on one plan: no task runs twice or too early, and nothing hangs. */
import { assertEquals } from "@std/assert";
import { Graph } from "../../src/graph/graph.ts";
import { Plan, TaskState } from "../../src/plan/plan.ts";
import type { TaskSpec } from "../../src/task/task.ts";
import { chainOf, independent, layered, task } from "../support/graphs.ts";
import { sharedWords, TestThread } from "../support/threads.ts";
import type { PlanWork, PlanWorkDone } from "./plan_worker.ts";

const WORKER = new URL("./plan_worker.ts", import.meta.url);

/** 1 -> many -> 1 -> many …: at each join all threads but one park and are woken. */
function joints(count: number, width: number): Graph {
  const specs: TaskSpec[] = [];
  for (let i = 0; i < count; i++) {
    const names = Array.from({ length: width }, (_, j) => `j${i}_${j}`);
    const previous = Array.from({ length: width }, (_, j) => `j${i - 1}_${j}`);
    specs.push(task(`j${i}`, i === 0 ? [] : previous));
    specs.push(...names.map((name) => task(name, [`j${i}`])));
  }
  return Graph.from(specs);
}

/** The result of {@linkcode runOnThreads}. */
interface ThreadsResult {
  readonly plan: Plan;
  readonly ran: Int32Array;
  readonly answers: readonly PlanWorkDone[];
}

/** @param meanwhile Called on this thread once the others have started. */
async function runOnThreads(
  graph: Graph,
  threads: number,
  meanwhile: (plan: Plan) => Promise<void> | void = () => {},
): Promise<ThreadsResult> {
  const plan = Plan.create(graph, { lanes: threads, skipDependents: true }, 1);
  const ran = sharedWords(graph.size);
  const ended = sharedWords(graph.size);
  using stack = new DisposableStack();
  const workers = Array.from({ length: threads }, () => stack.use(new TestThread(WORKER)));
  const working = Promise.all(workers.map((worker, lane) => {
    const owner = 2 + lane;
    plan.open(lane, owner);
    const { handle } = plan;
    const { dependencies } = graph;
    const work: PlanWork = { plan: handle, lane, owner, ran, ended, dependencies };
    return worker.ask<PlanWorkDone>(work);
  }));
  await meanwhile(plan);
  const answers = await working;
  assertEquals(answers.flatMap(({ problem }) => problem ?? []), []);
  assertEquals(plan.remaining, 0);
  return { plan, ran, answers };
}

async function runAll(graph: Graph, threads: number): Promise<void> {
  const { plan, ran, answers } = await runOnThreads(graph, threads);
  assertEquals(answers.reduce((sum, { tasks }) => sum + tasks, 0), graph.size);
  assertEquals(ran.every((count) => count === 1), true);
  assertLogOrder(plan, graph);
}

/**
 * Asserts that the log has each task's start and end once, and each start after its dependencies'
 * ends.
 */
function assertLogOrder(plan: Plan, graph: Graph): void {
  const passed = new Uint8Array(graph.size);
  let records = 0;
  const [QUEUED, STARTED, PASSED] = [1, 2, 3];
  plan.log.drain((kind, _lane, task) => {
    records++;
    if (kind === PASSED) passed[task] = 1;
    else if (kind === QUEUED || kind === STARTED) {
      for (const dependency of graph.dependenciesOf(task)) {
        if (passed[dependency] !== 1) throw new Error(`${task} stands before ${dependency}`);
      }
    }
    return true;
  });
  assertEquals(records, 3 * graph.size);
}

for (const threads of [2, 4]) {
  Deno.test(`Plan runs 10,000 tasks in layers once and in order on ${threads} threads`, async () => {
    await runAll(layered(100, 100), threads);
  });
  Deno.test(`Plan runs a chain of 10,000 tasks on ${threads} threads`, async () => {
    await runAll(chainOf(10_000), threads);
  });
  Deno.test(`Plan parks and wakes ${threads} threads at each of 1,000 joins`, async () => {
    await runAll(joints(1000, threads), threads);
  });
}

Deno.test("Plan distributes 10,000 independent tasks over 4 threads", async () => {
  await runAll(independent(10_000), 4);
});

Deno.test("Plan.cancel() gives each task one outcome when 4 threads run", async () => {
  const graph = layered(300, 100);
  const { plan, ran, answers } = await runOnThreads(graph, 4, async (plan) => {
    while (plan.remaining === graph.size) await plan.wakeups.parkMain(() => plan.log.hasUnread);
    plan.cancel(0);
  });
  const states = Array.from({ length: graph.size }, (_, task) => plan.stateOf(task));
  const passed = states.filter((state) => state === TaskState.PASSED).length;
  assertEquals(passed, answers.reduce((sum, { tasks }) => sum + tasks, 0));
  assertEquals(passed, ran.filter((count) => count === 1).length);
  assertEquals(states.filter((state) => state === TaskState.CANCELLED).length, graph.size - passed);
});
