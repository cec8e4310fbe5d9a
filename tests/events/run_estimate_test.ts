import { assertAlmostEquals, assertEquals } from "@std/assert";
import fc from "fast-check";
import type { RunEvent, TaskInfo } from "../../src/events/run_event.ts";
import { applyEvent, emptyView, type MutableRunView } from "../../src/events/run_view.ts";
import { RunEstimate } from "../../src/events/run_estimate.ts";

/** Tasks by name: their dependencies, and their durations in an earlier run. */
type Tasks = Readonly<Record<string, readonly [after: readonly string[], ms: number | undefined]>>;

class Run {
  readonly view: MutableRunView = emptyView();
  readonly estimate: RunEstimate;
  readonly #names: readonly string[];

  constructor(tasks: Tasks, workers: number) {
    this.#names = Object.keys(tasks);
    const infos = Object.entries(tasks).map(([name, [after]]) => ({
      name,
      after: after.map((it) => this.#names.indexOf(it)),
      tags: [],
    })) as unknown as TaskInfo[];
    const known = Object.entries(tasks).flatMap(([name, [, ms]]) =>
      ms === undefined ? [] : [[name, ms] as const]
    );
    this.estimate = new RunEstimate(infos, workers, new Map(known));
    this.#apply(0, { type: "run-started", tasks: infos, workers, startedAt: "", mocked: [] });
  }

  start(name: string, atMs: number, worker = 0): void {
    const task = this.#names.indexOf(name);
    this.#apply(atMs, { type: "task-queued", task });
    this.#apply(atMs, { type: "task-started", task, worker, attempt: 1 });
  }

  finish(name: string, atMs: number, worker = 0): void {
    const task = this.#names.indexOf(name);
    this.#apply(atMs, { type: "task-finished", task, worker, outcome: { status: "passed" } });
  }

  leftMs(nowMs: number): number | undefined {
    return this.estimate.leftMs(this.view, nowMs);
  }

  #apply(elapsedMs: number, fact: object): void {
    applyEvent(this.view, { seq: 0, elapsedMs, ...fact } as RunEvent);
  }
}

Deno.test("RunEstimate.leftMs() follows the longest chain, with any number of threads", () => {
  const run = new Run({
    short: [[], 100],
    report: [["test"], 300],
    test: [["build"], 2000],
    build: [[], 1000],
  }, 8);
  assertEquals(run.leftMs(0), 3300);
  run.start("short", 0, 0);
  run.start("build", 0, 1);
  assertEquals(run.leftMs(400), 2900);
  run.finish("short", 500, 0);
  run.finish("build", 1500, 1); // later than expected
  run.start("test", 1500, 1);
  assertEquals(run.leftMs(1600), 2200);
});

Deno.test("RunEstimate.leftMs() shares the work among the threads when there are few", () => {
  const run = new Run({ a: [[], 400], b: [[], 400], c: [[], 400], d: [[], 400] }, 2);
  assertEquals(run.leftMs(0), 800);
  run.start("a", 0, 0);
  run.start("b", 0, 1);
  assertEquals(run.leftMs(100), 700);
  run.finish("a", 400, 0);
  run.finish("b", 400, 1);
  assertEquals(run.leftMs(400), 400);
});

Deno.test("RunEstimate.leftMs() is exact for equal tasks without dependencies", () => {
  const shape = fc.record({
    rounds: fc.integer({ min: 1, max: 10 }),
    workers: fc.integer({ min: 1, max: 6 }),
    ms: fc.integer({ min: 1, max: 5000 }),
    part: fc.double({ min: 0, max: 0.99, noNaN: true }),
  });
  fc.assert(fc.property(shape, ({ rounds, workers, ms, part }) => {
    const names = Array.from({ length: rounds * workers }, (_, i) => `t${i}`);
    const run = new Run(Object.fromEntries(names.map((name) => [name, [[], ms]])), workers);
    for (let round = 0; round < rounds; round++) {
      const atMs = round * ms;
      for (let lane = 0; lane < workers; lane++) {
        run.start(names[round * workers + lane]!, atMs, lane);
      }
      assertAlmostEquals(run.leftMs(atMs + part * ms)!, (rounds - round - part) * ms, 1e-3);
      for (let lane = 0; lane < workers; lane++) {
        run.finish(names[round * workers + lane]!, atMs + ms, lane);
      }
    }
    assertEquals(run.leftMs(rounds * ms), undefined);
  }));
});

Deno.test("RunEstimate.leftMs() returns undefined while a task without a duration is left", () => {
  const run = new Run({ fresh: [[], undefined], known: [["fresh"], 500] }, 1);
  run.start("fresh", 0);
  assertEquals(run.leftMs(5000), undefined);
  run.finish("fresh", 6000);
  assertEquals(run.leftMs(6000), 500);
});

Deno.test("RunEstimate.leftMs() returns undefined when the last tasks take longer than before", () => {
  const run = new Run({ a: [[], 100] }, 1);
  run.start("a", 0);
  assertEquals([run.leftMs(60), run.leftMs(100), run.leftMs(900)], [40, undefined, undefined]);
});

Deno.test("RunEstimate.leftMs() returns undefined when the run is being cancelled", () => {
  const run = new Run({ a: [[], 100] }, 1);
  run.view.cancelled = "interrupted";
  assertEquals(run.leftMs(0), undefined);
});
