/** Tests of the screens, on a narrow and on a wide terminal. */
import { assert, assertEquals, assertLessOrEqual } from "@std/assert";
import { stripAnsiCode } from "@std/fmt/colors";
import fc from "fast-check";
import type { RunEvent } from "../../../src/events/run_event.ts";
import { applyEvent, emptyView, type MutableRunView } from "../../../src/events/run_view.ts";
import { RunEstimate } from "../../../src/events/run_estimate.ts";
import { type Draw, progress, statusLine, viewer } from "../../../src/report/live/screens.ts";
import { fitNames } from "../../../src/report/live/row_layout.ts";
import { displayWidth } from "../../../src/base/display_width.ts";
import { colorStyle, plainStyle } from "../../../src/report/style.ts";
import type { TaskId } from "../../../src/task/task.ts";
import { assertGolden } from "../../support/golden.ts";
import { viewOf } from "../../support/view_of.ts";
import { assertWellFormed } from "../../support/well_formed.ts";
import { STORY_GRAPH, storyEvents } from "./story.ts";

const SCREENS: Readonly<Record<string, Draw>> = { status: statusLine, progress, viewer };

/** The times of the screens. */
const TIMES_MS = [0, 30, 500, 1000, 1500, 2500, 3550, 4600, 30_000];

function viewAt(events: readonly RunEvent[], atMs: number): MutableRunView {
  return viewOf(events.filter((event) => event.elapsedMs <= atMs));
}

function gallery(draw: Draw, columns: number, style = plainStyle): string {
  const events = storyEvents();
  const whole = viewOf(events);
  const took = whole.tasks.map(({ name }, task) => [name, whole.tookMs[task] ?? 0] as const);
  const estimate = new RunEstimate(whole.tasks, whole.workers, new Map(took));
  return TIMES_MS.map((nowMs) => {
    const view = viewAt(events, nowMs);
    const leftMs = view.tasks.length === 0 ? undefined : estimate.leftMs(view, nowMs);
    const rows = draw({ view, nowMs, leftMs, columns, rows: 24, style });
    return [`== ${nowMs} ms`, ...rows, ""].join("\n");
  }).join("\n");
}

Deno.test("storyEvents() returns a well-formed run", () => {
  assertWellFormed(storyEvents(), STORY_GRAPH, { skipDependents: true });
});

for (const [name, draw] of Object.entries(SCREENS)) {
  for (const columns of [40, 120]) {
    Deno.test(`${draw.name}() matches the golden rows on ${columns} columns`, () => {
      assertGolden(`screen/${name}.${columns}.txt`, gallery(draw, columns));
    });
  }
  Deno.test(`${draw.name}() matches the golden rows in color`, () => {
    assertGolden(`screen/${name}.color.txt`, gallery(draw, 100, colorStyle()));
  });
}

Deno.test("statusLine(), progress() and viewer() show that the run is being cancelled", () => {
  const view = viewAt(storyEvents(), 1500);
  view.cancelled = "interrupted";
  const frame = { view, nowMs: 1500, columns: 100, rows: 24, style: plainStyle };
  for (const draw of Object.values(SCREENS)) {
    assert(draw(frame).some((row) => row.includes("cancelling")));
  }
  assertEquals(progress(frame)[1], " waiting for: docs 1s, compile, 翻訳を確認する");
});

Deno.test("progress() names the tasks that wait for a retry when no task runs", () => {
  const view = viewAt(storyEvents(), 1000);
  view.running.fill(undefined);
  const frame = { view, nowMs: 1000, columns: 100, rows: 24, style: plainStyle };
  assertEquals(progress(frame)[1], " retrying: smoke 🚀");
});

Deno.test("viewer() shows the active threads when there is no room for all", () => {
  const view = viewAt(storyEvents(), 1500);
  view.workers = 20;
  view.running[17] = view.running[0];
  view.running[0] = undefined;
  const rowsOf = (rows: number) => {
    const frame = { view, nowMs: 1500, columns: 60, rows, style: plainStyle };
    return viewer(frame).map((row) => row.trimEnd().replace(/ {2,}/g, "  "));
  };
  assertEquals(rowsOf(8).slice(0, 5), [
    " thread_0  idle",
    " thread_1  compile  0.4s",
    " thread_2  翻訳を確認する  0.4s",
    " thread_17  docs  1.4s",
    " … and 16 more threads",
  ]);
  assertEquals(rowsOf(6).slice(0, 3), [
    " thread_1  compile  0.4s",
    " thread_2  翻訳を確認する  0.4s",
    " … and 18 more threads, 1 active",
  ]);
});

Deno.test("viewer() counts the threads that have no row", () => {
  const view = viewAt(storyEvents(), 1500);
  view.workers = 20;
  const frame = { view, nowMs: 1500, columns: 60, rows: 9, style: plainStyle };
  const rows = viewer(frame).map((row) => row.trimEnd().replace(/ {2,}/g, "  "));
  assertEquals(rows.slice(0, 6), [
    " thread_0  docs  1.4s",
    " thread_1  compile  0.4s",
    " thread_2  翻訳を確認する  0.4s",
    " thread_3  starting",
    " thread_4  starting",
    " … and 15 more threads",
  ]);
  assertEquals(rows.length, 8);
});

Deno.test("fitNames() lists the names that fit and counts the others", () => {
  const names = ["alpha", "beta", "gamma"];
  assertEquals(fitNames(names, 18), "alpha, beta, gamma");
  assertEquals(fitNames(names, 17), "alpha, beta +1");
  assertEquals(fitNames(names, 13), "alpha +2");
  assertEquals(fitNames(names, 7), "alp… +2");
  assertEquals(fitNames(["日本語", "b"], 8), "日本… +1");
  assertEquals(fitNames([], 7), "");
});

/** A run at any moment: tasks of any names, some of which have ended, some run. */
const anyView = fc.record({
  names: fc.array(fc.string({ unit: "grapheme", maxLength: 40 }), { maxLength: 12 }),
  workers: fc.integer({ min: 1, max: 63 }),
  finished: fc.nat(12),
  status: fc.constantFrom("passed" as const, "failed" as const),
  elapsedMs: fc.nat(10_000_000),
  isCancelled: fc.boolean(),
});

Deno.test("statusLine(), progress() and viewer() fit their rows to the terminal", () => {
  const size = fc.tuple(fc.integer({ min: 1, max: 150 }), fc.integer({ min: 4, max: 40 }));
  fc.assert(fc.property(anyView, size, (run, [columns, rows]) => {
    const view = emptyView();
    let seq = 0;
    const apply = (fact: object) =>
      applyEvent(view, { seq: seq++, elapsedMs: 0, ...fact } as RunEvent);
    const tasks = run.names.map((name) => ({ name, after: [], tags: [] }));
    apply({ type: "run-started", tasks, workers: run.workers, startedAt: "", mocked: [] });
    tasks.forEach((_, task) => apply({ type: "task-queued", task }));
    tasks.slice(0, run.workers).forEach((_, i) => {
      const task = i as TaskId;
      apply({ type: "task-started", task, worker: i, attempt: 1 + i % 3 });
      if (i >= run.finished) return;
      const outcome = run.status === "passed"
        ? { status: "passed" }
        : { status: "failed", error: { type: "Error", message: "" } };
      apply({ type: "task-finished", task, worker: i, outcome, elapsedMs: 700 });
    });
    if (run.isCancelled) apply({ type: "run-cancelled", reason: "interrupted", elapsedMs: 700 });
    for (const style of [plainStyle, colorStyle()]) {
      for (const draw of Object.values(SCREENS)) {
        const drawn = draw({ view, nowMs: run.elapsedMs, columns, rows, style });
        assertLessOrEqual(drawn.length, rows);
        for (const row of drawn) assertLessOrEqual(displayWidth(stripAnsiCode(row)), columns);
      }
    }
  }));
});
