/** Tests of the critical path of a run and of the efficiency of its threads. */
import { assertAlmostEquals, assertEquals } from "@std/assert";
import fc from "fast-check";
import { criticalPath, efficiency } from "../../src/events/critical_path.ts";
import type { RunEvent } from "../../src/events/run_event.ts";
import { applyEvent, emptyView, type RunView } from "../../src/events/run_view.ts";
import { Graph } from "../../src/graph/graph.ts";
import type { TaskId } from "../../src/task/task.ts";
import { randomDag } from "../support/random_dag.ts";
import { CANCELLED_FACTS, ID, sampleEvents } from "../support/sample_run.ts";
import { viewOf } from "../support/view_of.ts";

/** A run on one thread of tasks that each take a while, in an order of the graph. */
function ranOneByOne(after: readonly (readonly number[])[], tookMs: readonly number[]): RunView {
  const view = emptyView();
  let [seq, elapsedMs] = [0, 0];
  const emit = (fact: object) => applyEvent(view, { ...fact, seq: seq++, elapsedMs } as RunEvent);
  emit({
    type: "run-started",
    tasks: after.map((ids, id) => ({ name: `t${id}`, after: ids, tags: [] })),
    workers: 1,
    startedAt: "",
    mocked: [],
  });
  for (const [task, took] of tookMs.entries()) {
    emit({ type: "task-queued", task });
    emit({ type: "task-started", task, worker: 0, attempt: 1 });
    elapsedMs += took;
    emit({ type: "task-finished", task, worker: 0, outcome: { status: "passed" } });
  }
  emit({ type: "run-finished", finishedAt: "" });
  return view;
}

Deno.test("criticalPath() returns the slowest chain, not the one with the most tasks", () => {
  // 0 -> 1 -> 2 -> 5 is long, 0 -> 3 -> 5 is slow, 4 is slow and alone.
  const view = ranOneByOne([[], [0], [1], [0], [], [2, 3]], [1, 2, 2, 10, 11, 3]);
  assertEquals(criticalPath(view), {
    tasks: [0, 3, 5] as TaskId[],
    lengthMs: 14,
    share: 14 / 29,
  });
});

Deno.test("criticalPath() counts attempts and retry delays, but not the time in the queue", () => {
  // load: 9.5; double: 10, a pause of 500, then 700 in the queue that do not count, 1240.
  const path = criticalPath(viewOf(sampleEvents()));
  assertEquals(path.tasks, [ID.load, ID.double]);
  assertEquals(path.lengthMs, 9.5 + 10 + 500 + 1240);
  assertEquals(path.share, path.lengthMs / 2500);
});

Deno.test("criticalPath() counts only the attempts of a task that is cancelled after one", () => {
  const path = criticalPath(viewOf(sampleEvents(CANCELLED_FACTS)));
  assertEquals(path, { tasks: [ID.load, ID.deploy], lengthMs: 10 + 229, share: 239 / 250 });
});

Deno.test("criticalPath() and efficiency() return zeros when nothing ran", () => {
  assertEquals(criticalPath(emptyView()), { tasks: [], lengthMs: 0, share: 0 });
  assertEquals(efficiency(emptyView()), 0);
});

Deno.test("criticalPath() returns the longest chain of dependencies for any graph", () => {
  const runs = fc.tuple(randomDag(), fc.array(fc.nat(50), { minLength: 200, maxLength: 200 }));
  fc.assert(fc.property(runs, ([dag, times]) => {
    const graph = Graph.from(dag.specs);
    // Ids follow the names, so the tasks are renumbered in a topological order.
    const order: number[] = [];
    const done = new Set<number>();
    while (order.length < graph.size) {
      for (let id = 0; id < graph.size; id++) {
        if (done.has(id) || !graph.dependenciesOf(id).every((it) => done.has(it))) continue;
        done.add(id);
        order.push(id);
      }
    }
    const after = order.map((id) => [...graph.dependenciesOf(id)].map((it) => order.indexOf(it)));
    const took = order.map((_, i) => times[i % times.length]!);
    const path = criticalPath(ranOneByOne(after, took));
    const longest: number[] = [];
    for (const [id, ids] of after.entries()) {
      longest.push(took[id]! + Math.max(0, ...ids.map((it) => longest[it]!)));
    }
    assertEquals(path.lengthMs, Math.max(0, ...longest));
    assertEquals(path.lengthMs, path.tasks.reduce((sum, id) => sum + took[id]!, 0));
    for (const [i, id] of path.tasks.entries()) {
      if (i > 0) assertEquals(after[id]!.includes(path.tasks[i - 1]!), true);
    }
  }));
});

Deno.test("criticalPath() returns one path for a chain of 100,000 tasks", () => {
  const after = Array.from({ length: 100_000 }, (_, id) => id === 0 ? [] : [id - 1]);
  const path = criticalPath(ranOneByOne(after, after.map(() => 1)));
  assertEquals([path.tasks.length, path.lengthMs, path.share], [100_000, 100_000, 1]);
});

Deno.test("efficiency() returns the share of thread time that was spent in tasks", () => {
  // 9.5 + 19.375 + 10 + 1200 + 1240 of two threads' 2500 each.
  assertAlmostEquals(efficiency(viewOf(sampleEvents())), 2478.875 / 5000);
  assertEquals(efficiency(ranOneByOne([[], []], [4, 6])), 1);
});
