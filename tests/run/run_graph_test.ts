/** The run loop with a pool whose tasks end on request. */
import { assert, assertEquals, assertThrows } from "@std/assert";
import { LaneFencedError } from "../../src/plan/plan.ts";
import { graphOf } from "../support/graphs.ts";
import { RecordedRun, statusOf } from "../support/recorded_run.ts";

const DIAMOND = { a: [], b: ["a"], c: ["a"], d: ["b", "c"] };
const ERROR = new TypeError("no good");

Deno.test("runGraph() starts a task when all its dependencies have ended", async () => {
  const run = new RecordedRun(graphOf(DIAMOND));
  const { pool } = run;
  const a = await pool.next("a");
  assert(!pool.has("b") && !pool.has("c") && !pool.has("d"));
  a.pass();
  const [b, c] = [await pool.next("b"), await pool.next("c")];
  c.pass();
  assert(!pool.has("d"));
  b.pass();
  (await pool.next("d")).pass();
  const { view } = await run.end();
  assertEquals(view.counts.passed, 4);
  assertEquals(run.story, [
    ...["run-started", "started a", "passed a", "started b", "started c", "passed c", "passed b"],
    ...["started d", "passed d", "run-finished"],
  ]);
});

Deno.test("runGraph() runs at most one task per lane, lowest name first", async () => {
  const run = new RecordedRun(graphOf({ e: [], d: [], c: [], b: [], a: [] }), { lanes: 2 });
  const { pool } = run;
  const running = () => ["a", "b", "c", "d", "e"].filter((name) => pool.has(name)).join("");
  assertEquals(running(), "ab");
  (await pool.next("b")).pass();
  assertEquals(running(), "ac");
  (await pool.next("a")).pass();
  assertEquals(running(), "cd");
  for (const name of ["c", "d", "e"]) (await pool.next(name)).pass();
  await run.end();
});

Deno.test("runGraph() skips dependents of a failed task, with the dependency and the cause", async () => {
  const run = new RecordedRun(graphOf({ a: [], b: ["a"], c: ["b"], other: [] }));
  (await run.pool.next("a")).fail(ERROR);
  (await run.pool.next("other")).pass();
  const { view } = await run.end();
  const [a, b, c] = view.outcomes;
  assertEquals(a?.status === "failed" && [a.error.type, a.error.message], ["TypeError", "no good"]);
  assertEquals<unknown>(b, { status: "skipped", via: 0, cause: 0 });
  assertEquals<unknown>(c, { status: "skipped", via: 1, cause: 0 });
  assertEquals(statusOf(view, "other"), "passed");
});

Deno.test("runGraph() runs dependents of a failed task when skipDependents is false", async () => {
  const run = new RecordedRun(graphOf({ a: [], b: ["a"] }), { skipDependents: false });
  (await run.pool.next("a")).fail(ERROR);
  (await run.pool.next("b")).pass();
  const { view } = await run.end();
  assertEquals(run.story.slice(1, -1), ["started a", "failed a", "started b", "passed b"]);
  assertEquals(view.counts, { ...view.counts, passed: 1, failed: 1, skipped: 0 });
});

Deno.test("runGraph() ends at once when there are no tasks", async () => {
  const { view } = await new RecordedRun(graphOf({})).end();
  assertEquals(view.finished, []);
  assert(view.finishedAt !== undefined);
});

Deno.test("runGraph() lets running tasks end and starts no others when cancelled", async () => {
  const abort = new AbortController();
  const graph = graphOf({ a: [], b: [], c: [], d: ["a"] });
  const run = new RecordedRun(graph, { signal: abort.signal });
  const [a, b] = [await run.pool.next("a"), await run.pool.next("b")];
  abort.abort("interrupted");
  assertEquals(run.pool.aborted, "interrupted");
  a.pass();
  b.giveUp();
  const { view } = await run.end();
  assertEquals(view.cancelled, "interrupted");
  assertEquals(["a", "b", "c", "d"].map((name) => statusOf(view, name)), [
    ...["passed", "cancelled", "cancelled", "cancelled"],
  ]);
  assert(!run.story.includes("started c"));
  assertEquals(view.ran.length, 2);
});

Deno.test("runGraph() reports an abort when the signal has a reason of its own", async () => {
  const run = new RecordedRun(graphOf({ a: [] }), { signal: AbortSignal.abort(new Error("x")) });
  const { view } = await run.end();
  assertEquals(view.cancelled, "aborted");
  assertEquals(view.outcomes, [{ status: "cancelled", reason: "aborted" }]);
  assertEquals(run.story, ["run-started", "run-cancelled", "cancelled a", "run-finished"]);
});

Deno.test("runGraph() ignores an abort after the last task", async () => {
  const abort = new AbortController();
  const run = new RecordedRun(graphOf({ a: [] }), { signal: abort.signal });
  (await run.pool.next("a")).pass();
  abort.abort();
  const { view } = await run.end();
  assertEquals([view.cancelled, view.counts.passed], [undefined, 1]);
});

Deno.test("runGraph() does not abort the pool after the run", async () => {
  const abort = new AbortController();
  const run = new RecordedRun(graphOf({ a: [] }), { signal: abort.signal });
  (await run.pool.next("a")).pass();
  await run.end();
  abort.abort();
  assertEquals(run.pool.aborted, undefined);
});

Deno.test("runGraph() reports the deadline when it passed before the start", async () => {
  const run = new RecordedRun(graphOf({ a: [] }), { signal: AbortSignal.abort("deadline") });
  assertEquals((await run.end()).view.cancelled, "deadline");
});

Deno.test("runGraph() loses no task when a thread is lost between two tasks", async () => {
  const run = new RecordedRun(graphOf({ a: [], b: ["a"] }), { lanes: 2 });
  const a = await run.pool.next("a");
  run.pool.kill(1, { type: "WorkerError", message: "gone" });
  a.pass();
  (await run.pool.next("b")).pass();
  const { view } = await run.end();
  assertEquals([view.lostWorkers.length, view.counts.passed], [1, 2]);
});

Deno.test("runGraph() fails the task of a lost worker with the cause, and continues on the lane", async () => {
  const run = new RecordedRun(graphOf({ a: [], b: [] }), { lanes: 1 });
  const a = await run.pool.next("a");
  a.print("before");
  a.lose(new Error("ran out of thread"));
  (await run.pool.next("b")).pass();
  const { view } = await run.end();
  const [outcome] = view.outcomes;
  assertEquals(
    outcome?.status === "failed" && [outcome.error.type, outcome.error.cause?.message],
    ["WorkerLostError", "ran out of thread"],
  );
  assertEquals(statusOf(view, "b"), "passed");
  assertEquals(view.lostWorkers.length, 1);
  assertEquals(run.story.slice(1, 5), ["started a", "output a before", "worker-lost", "failed a"]);
  assertThrows(() => a.pass(), LaneFencedError, "", "the lost worker can settle nothing any more");
});

Deno.test("runGraph() drops the result of a lost worker before other tasks can read it", async () => {
  const run = new RecordedRun(graphOf({ a: [], b: ["a"] }), { skipDependents: false });
  (await run.pool.next("a")).lose();
  const b = await run.pool.next("b");
  assertEquals(run.pool.dropped, ["a"]);
  b.pass();
  await run.end();
  assertEquals(run.pool.dropped, ["a"]);
});

Deno.test("runGraph() does not wait for messages of a lost worker", async () => {
  const run = new RecordedRun(graphOf({ a: [], b: [], c: [] }), { lanes: 1 });
  const a = await run.pool.next("a");
  run.pool.hold();
  a.print("never comes");
  a.fail(ERROR);
  const b = await run.pool.next("b");
  assert(!run.story.includes("failed a"), "the end of a waits for what a printed");
  b.lose();
  (await run.pool.next("c")).pass();
  const { view } = await run.end();
  assertEquals(view.counts, { ...view.counts, passed: 1, failed: 2 });
});

Deno.test("runGraph() fails ready tasks and ends when no thread is left", async () => {
  const graph = graphOf({ a: [], b: [], c: ["b"], d: ["c"] });
  const run = new RecordedRun(graph, { lanes: 1, skipDependents: false });
  (await run.pool.next("a")).lose(new Error("broken"), { isLast: true });
  run.pool.exhaust(new SyntaxError("broken module"));
  const { view } = await run.end();
  const errors = view.outcomes.map((it) => it?.status === "failed" ? it.error.type : it?.status);
  assertEquals(errors, ["WorkerLostError", "SyntaxError", "SyntaxError", "SyntaxError"]);
});

Deno.test("runGraph() ends when no thread is left and the lane has lost many", async () => {
  for (const losses of [1, 127, 128, 200]) { // 32-bit message counts wrap around after 128 threads
    const run = new RecordedRun(
      graphOf(Object.fromEntries(
        Array.from({ length: losses + 2 }, (_, i) => [`t${1000 + i}`, []]),
      )),
      { lanes: 1 },
    );
    for (let i = 0; i < losses; i++) (await run.pool.next(`t${1000 + i}`)).lose();
    (await run.pool.next(`t${1000 + losses}`)).lose(new Error("broken"), { isLast: true });
    run.pool.exhaust(new Error("no thread"));
    const { view } = await run.end();
    assertEquals(view.counts.failed, losses + 2);
  }
});

Deno.test("runGraph() emits a stray error with its suspects, and keeps all outcomes", async () => {
  const run = new RecordedRun(graphOf({ a: [], b: [] }), { lanes: 1 });
  const a = await run.pool.next("a");
  a.pass();
  const error = { type: "Error", message: "left behind" };
  run.pool.send(0, { type: "stray", suspects: [a.id], error });
  (await run.pool.next("b")).pass();
  const { view } = await run.end();
  assertEquals(view.strayErrors.map((it) => [...it.suspects, it.error.message]), [
    [a.id, "left behind"],
  ]);
  assertEquals(view.counts.passed, 2);
});

Deno.test("runGraph() detaches a reporter that throws, and reports it once", async () => {
  let calls = 0;
  const bad = {
    report() {
      if (++calls === 3) throw ERROR;
    },
  };
  const received: number[] = [];
  const good = { report: (event: { seq: number }) => void received.push(event.seq) };
  const run = new RecordedRun(graphOf(DIAMOND), { reporters: [bad, good] });
  for (const name of ["a", "b", "c", "d"]) (await run.pool.next(name)).pass();
  const { view, reporterFailures } = await run.end();
  assertEquals(calls, 3);
  assertEquals(reporterFailures, [{ reporter: bad, error: ERROR }]);
  assertEquals(received, run.events.map((event) => event.seq));
  assertEquals(view.counts.passed, 4);
});
