import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import fc from "fast-check";
import type { RunEvent } from "../../src/events/run_event.ts";
import { applyEvent, emptyView, type MutableRunView } from "../../src/events/run_view.ts";
import { etaMs } from "../../src/events/eta_ms.ts";
import type { TaskId } from "../../src/task/task.ts";

/** Independent tasks that all take the same time, on some threads, at a moment of their run. */
function uniform(tasks: number, workers: number, taskMs: number, nowMs: number): MutableRunView {
  const view = emptyView();
  const apply = (elapsedMs: number, fact: object) =>
    applyEvent(view, { seq: 0, elapsedMs, ...fact } as RunEvent);
  const infos = Array.from({ length: tasks }, (_, i) => ({ name: `t${i}`, after: [], tags: [] }));
  apply(0, { type: "run-started", tasks: infos, workers, startedAt: "", mocked: [] });
  for (let task = 0; task < tasks; task++) apply(0, { type: "task-queued", task });
  for (let task = 0; task < tasks; task++) {
    const worker = task % workers;
    const startMs = Math.floor(task / workers) * taskMs;
    if (startMs > nowMs) break;
    apply(startMs, { type: "task-started", task, worker, attempt: 1 });
    if (startMs + taskMs > nowMs) continue;
    const outcome = { status: "passed" };
    apply(startMs + taskMs, { type: "task-finished", task, worker, outcome });
  }
  return view;
}

Deno.test("etaMs() returns the exact remaining time when all tasks take equally long", () => {
  const run = fc.record({
    rounds: fc.integer({ min: 2, max: 20 }),
    workers: fc.integer({ min: 1, max: 8 }),
    taskMs: fc.integer({ min: 1000, max: 5000 }),
    part: fc.double({ min: 0, max: 0.9, noNaN: true }),
    round: fc.nat(18),
  });
  fc.assert(fc.property(run, ({ rounds, workers, taskMs, part, round }) => {
    const nowMs = (1 + Math.min(round, rounds - 2) + part) * taskMs;
    const left = etaMs(uniform(rounds * workers, workers, taskMs, nowMs), nowMs);
    assertAlmostEquals(left!, rounds * taskMs - nowMs, 1);
  }));
});

Deno.test("etaMs() returns undefined before a task has ended", () => {
  assertEquals(etaMs(emptyView(), 5000), undefined);
  assertEquals(etaMs(uniform(4, 2, 9000, 5000), 5000), undefined);
});

Deno.test("etaMs() returns undefined in the first second", () => {
  assertEquals(etaMs(uniform(40, 2, 100, 950), 950), undefined);
  assert(etaMs(uniform(40, 2, 100, 1050), 1050) !== undefined);
});

Deno.test("etaMs() returns undefined when the running tasks take longer than any before", () => {
  const view = uniform(3, 1, 1000, 2500);
  assertAlmostEquals(etaMs(view, 2900)!, 100, 50);
  assertEquals(etaMs(view, 3500), undefined);
});

Deno.test("etaMs() returns undefined when the run is being cancelled", () => {
  const view = uniform(10, 2, 1000, 2500);
  view.cancelled = "interrupted";
  assertEquals(etaMs(view, 2500), undefined);
});

Deno.test("etaMs() gives recent tasks more weight than earlier ones", () => {
  const view = uniform(300, 1, 1000, 200_000);
  for (let task = 100 as TaskId; task < 200; task++) view.tookMs[task] = 10;
  const slow = etaMs(uniform(300, 1, 1000, 200_000), 200_500)!;
  assert(etaMs(view, 200_500)! < slow);
});
