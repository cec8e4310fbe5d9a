/** Real threads hammer one plan: no task runs twice or too early, and nothing hangs. */
import { assertEquals } from "@std/assert";
import { Graph } from "../../src/graph/graph.ts";
import { Plan } from "../../src/plan/plan.ts";
import type { TaskSpec } from "../../src/task/task.ts";
import { chainOf, independent, layered, task } from "../support/graphs.ts";
import { sharedWords, TestThread } from "../support/threads.ts";
import type { PlanWork, PlanWorkDone } from "./plan_worker.ts";

const WORKER = new URL("./plan_worker.ts", import.meta.url);

/** 1 -> many -> 1 -> many …: at each joint all threads but one fall asleep and are woken. */
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

async function hammer(graph: Graph, threads: number): Promise<void> {
  const plan = Plan.create(graph, { lanes: threads, skipDependents: true }, 1);
  const ran = sharedWords(graph.size);
  const ended = sharedWords(graph.size);
  using stack = new DisposableStack();
  const workers = Array.from({ length: threads }, () => stack.use(new TestThread(WORKER)));
  const answers = await Promise.all(workers.map((worker, lane) => {
    const owner = 2 + lane;
    plan.open(lane, owner);
    const { handle } = plan;
    const { dependencies } = graph;
    const work: PlanWork = { plan: handle, lane, owner, ran, ended, dependencies };
    return worker.ask<PlanWorkDone>(work);
  }));
  assertEquals(answers.flatMap(({ problem }) => problem ?? []), []);
  assertEquals(answers.reduce((sum, { tasks }) => sum + tasks, 0), graph.size);
  assertEquals(ran.every((count) => count === 1), true);
  assertEquals(plan.remaining, 0);
  assertLogOrder(plan, graph);
}

/** The log tells each task's start and end once, and each start after the ends it waited for. */
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
  Deno.test(`Plan: ${threads} threads run 10,000 tasks in layers, each once and in order`, async () => {
    await hammer(layered(100, 100), threads);
  });
  Deno.test(`Plan: ${threads} threads run a chain of 10,000`, async () => {
    await hammer(chainOf(10_000), threads);
  });
  Deno.test(`Plan: ${threads} threads run 1,000 joints, sleeping and waking at each`, async () => {
    await hammer(joints(1000, threads), threads);
  });
}

Deno.test("Plan: 4 threads share out 10,000 independent tasks", async () => {
  await hammer(independent(10_000), 4);
});
