/** The run loop and policies, with a pool whose tasks end on request. */
import { assert, assertEquals } from "@std/assert";
import type { RunEvent } from "../../src/events/run_event.ts";
import type { RunPolicy } from "../../src/run/run_policy.ts";
import { graphOf, policyGraph } from "../support/graphs.ts";
import { RecordedRun, statusOf } from "../support/recorded_run.ts";

const ERROR = new TypeError("no good");

/** Has the test runner report leaked timers. */
const NO_LEAKS = { sanitizeOps: true };

/** Resolves at the first event that matches. */
function whenEvent(matches: (event: RunEvent) => boolean) {
  const { promise, resolve } = Promise.withResolvers<RunEvent>();
  return {
    promise,
    reporter: { report: (event: RunEvent) => void (matches(event) && resolve(event)) },
  };
}

Deno.test("runGraph() retries a failed task on any thread until an attempt passes", async () => {
  const run = new RecordedRun(policyGraph({ a: { retries: 2 }, b: { after: ["a"] } }));
  (await run.pool.next("a")).fail(ERROR);
  (await run.pool.next("a")).fail(new Error("again"));
  (await run.pool.next("a")).pass();
  (await run.pool.next("b")).pass();
  const { view } = await run.end();
  assertEquals(run.story, [
    ...["run-started", "started a", "retried a after 0 ms", "started a", "retried a after 0 ms"],
    ...["started a", "passed a", "started b", "passed b", "run-finished"],
  ]);
  assertEquals(view.attempts, [3, 1]);
  const errors = run.events.flatMap((it) => it.type === "task-retried" ? [it.error.message] : []);
  assertEquals(errors, ["no good", "again"]);
});

Deno.test("runGraph() fails a task with the error of its last attempt", async () => {
  const run = new RecordedRun(policyGraph({ a: { retries: 1 }, b: { after: ["a"] } }));
  (await run.pool.next("a")).fail(ERROR);
  (await run.pool.next("a")).fail(new Error("last"));
  const { view } = await run.end();
  const [a, b] = view.outcomes;
  assertEquals(a?.status === "failed" && a.error.message, "last");
  assertEquals(b?.status, "skipped");
});

Deno.test("runGraph() applies the run's retries to tasks without their own", async () => {
  const retries = { count: 1, delayMs: 0, factor: 1, maxDelayMs: 0, jitter: 0 };
  const run = new RecordedRun(policyGraph({ a: {}, b: { retries: 0 } }), { policy: { retries } });
  (await run.pool.next("b")).fail(ERROR);
  (await run.pool.next("a")).fail(ERROR);
  (await run.pool.next("a")).pass();
  const { view } = await run.end();
  assertEquals([statusOf(view, "a"), statusOf(view, "b")], ["passed", "failed"]);
});

Deno.test("runGraph() runs other tasks during a retry delay, which grows by its factor", async () => {
  const retries = { count: 2, delay: 4, factor: 3 };
  const run = new RecordedRun(policyGraph({ a: { retries }, b: {} }), { lanes: 1 });
  (await run.pool.next("a")).fail(ERROR);
  (await run.pool.next("b")).pass();
  (await run.pool.next("a")).fail(ERROR);
  (await run.pool.next("a")).pass();
  await run.end();
  assertEquals(run.story.filter((it) => it.startsWith("retried")), [
    ...["retried a after 4 ms", "retried a after 12 ms"],
  ]);
});

Deno.test("runGraph() cancels a task in a retry delay when the run is cancelled", async () => {
  const controller = new AbortController();
  const retried = whenEvent((event) => event.type === "task-retried");
  const graph = policyGraph({ a: { retries: { count: 1, delay: "1h" } } });
  const run = new RecordedRun(graph, { signal: controller.signal, reporters: [retried.reporter] });
  (await run.pool.next("a")).fail(ERROR);
  await retried.promise;
  controller.abort();
  const { view } = await run.end();
  assertEquals(statusOf(view, "a"), "cancelled");
  assertEquals(view.counts, { ...view.counts, cancelled: 1, waiting: 0, queued: 0, running: 0 });
});

Deno.test("runGraph() retries a task when its thread is lost", async () => {
  const run = new RecordedRun(policyGraph({ a: { retries: 1 } }));
  (await run.pool.next("a")).lose();
  (await run.pool.next("a")).pass();
  const { view } = await run.end();
  assertEquals(statusOf(view, "a"), "passed");
});

Deno.test("runGraph() reports the error of each attempt", async () => {
  const run = new RecordedRun(policyGraph({ a: { retries: 1 } }));
  (await run.pool.next("a")).fail(ERROR);
  (await run.pool.next("a")).lose();
  const { outcomes: [a] } = (await run.end()).view;
  assertEquals(a?.status === "failed" && a.error.type, "WorkerLostError");
});

Deno.test("runGraph() cancels a run once, for the first reason", async () => {
  const run = new RecordedRun(graphOf({ a: [] }), {
    signal: AbortSignal.abort("interrupted"),
    policy: { deadlineMs: 5 },
  });
  const { view } = await run.end();
  assertEquals(view.outcomes, [{ status: "cancelled", reason: "interrupted" }]);
  const abort = new AbortController();
  const other = new RecordedRun(graphOf({ a: [] }), {
    signal: abort.signal,
    policy: { deadlineMs: 5 },
  });
  await other.pool.next("a");
  abort.abort("interrupted");
  const { view: ended } = await other.end();
  assertEquals(other.pool.killed, ["a"]);
  assertEquals([ended.cancelled, ended.outcomes], [
    "interrupted",
    [{ status: "cancelled", reason: "interrupted" }],
  ]);
});

Deno.test("runGraph() ends the run without retries when no thread is left", async () => {
  const graph = policyGraph({ a: { retries: { count: 5, delay: "1h" } }, b: { retries: 3 } });
  const run = new RecordedRun(graph, { lanes: 1 });
  (await run.pool.next("a")).fail(ERROR);
  (await run.pool.next("b")).lose(new Error("gone"), { isLast: true });
  run.pool.exhaust(new Error("no thread"));
  const { view } = await run.end();
  assertEquals(view.counts.failed, 2);
});

Deno.test("runGraph() aborts a late attempt, and keeps its thread when the attempt ends", async () => {
  const run = new RecordedRun(policyGraph({ a: { timeout: 5 } }));
  const a = await run.pool.next("a");
  await run.pool.nextExpired("a");
  a.fail(new Error("too late"));
  const { view } = await run.end();
  assertEquals(run.pool.killed, []);
  assertEquals(statusOf(view, "a"), "failed");
});

Deno.test("runGraph() terminates the thread of a late attempt that does not end, and retries the task on another", async () => {
  const run = new RecordedRun(policyGraph({ a: { timeout: 5, retries: 1 } }), { lanes: 1 });
  const a = await run.pool.next("a");
  await run.pool.nextExpired("a");
  const again = await run.pool.nextAfter("a", a);
  again.pass();
  const { view } = await run.end();
  assertEquals(run.pool.killed, ["a"]);
  assertEquals(statusOf(view, "a"), "passed");
  assertEquals(view.lostWorkers.length, 1);
  const retried = run.events.find((it) => it.type === "task-retried");
  assertEquals(retried?.error, {
    type: "TimeoutError",
    message: "the task took longer than its timeout of 5 ms",
  });
});

Deno.test("runGraph() starts no task after the failure limit, and lets running tasks end", async () => {
  const run = new RecordedRun(graphOf({ a: [], b: [], c: [], d: ["b"] }), {
    policy: { failFast: { count: 1, mode: "no-new" }, deadlineMs: 60_000 },
  });
  const b = await run.pool.next("b");
  (await run.pool.next("a")).fail(ERROR);
  b.pass();
  const { view } = await run.end();
  assertEquals(["a", "b", "c", "d"].map((name) => statusOf(view, name)), [
    ...["failed", "passed", "cancelled", "cancelled"],
  ]);
  assertEquals(view.cancelled, "fail-fast");
  assertEquals(run.pool.aborted, undefined);
});

Deno.test('runGraph() terminates running tasks after a failure when the mode is "kill"', async () => {
  const run = new RecordedRun(graphOf({ a: [], b: [], c: [] }), {
    policy: { failFast: { count: 1, mode: "kill" } },
  });
  await run.pool.next("b");
  (await run.pool.next("a")).fail(ERROR);
  const { view } = await run.end();
  assertEquals(["a", "b", "c"].map((name) => statusOf(view, name)), [
    ...["failed", "cancelled", "cancelled"],
  ]);
  assertEquals([run.pool.aborted, run.pool.killed], ["fail-fast", ["b"]]);
});

Deno.test(
  'runGraph() does not terminate a task that ends when aborted, in mode "kill"',
  NO_LEAKS,
  async () => {
    const cancelled = whenEvent((event) => event.type === "run-cancelled");
    const run = new RecordedRun(graphOf({ a: [], b: [] }), {
      policy: { failFast: { count: 1, mode: "kill" } },
      reporters: [cancelled.reporter],
    });
    const b = await run.pool.next("b");
    (await run.pool.next("a")).fail(ERROR);
    await cancelled.promise;
    b.giveUp();
    await run.end();
    assertEquals([run.pool.aborted, run.pool.killed], ["fail-fast", []]);
  },
);

Deno.test("runGraph() lets running tasks end when interrupted, whatever the fail-fast mode", async () => {
  const abort = new AbortController();
  const cancelled = whenEvent((event) => event.type === "run-cancelled");
  const run = new RecordedRun(graphOf({ a: [] }), {
    policy: { failFast: { count: 1, mode: "kill" } },
    signal: abort.signal,
    reporters: [cancelled.reporter],
  });
  const a = await run.pool.next("a");
  abort.abort("interrupted");
  await cancelled.promise;
  a.pass();
  await run.end();
  assertEquals(run.pool.aborted, "interrupted");
});

Deno.test("runGraph() cancels a run past its deadline, and terminates tasks that do not end", async () => {
  const run = new RecordedRun(graphOf({ a: [], b: ["a"] }), { policy: { deadlineMs: 5 } });
  await run.pool.next("a");
  const { view } = await run.end();
  assertEquals([statusOf(view, "a"), statusOf(view, "b")], ["cancelled", "cancelled"]);
  assertEquals(view.cancelled, "deadline");
  assertEquals(run.pool.killed, ["a"]);
});

Deno.test(
  "runGraph() ignores the deadline when the run ends in time",
  NO_LEAKS,
  async () => {
    const run = new RecordedRun(graphOf({ a: [] }), { policy: { deadlineMs: 60_000 } });
    (await run.pool.next("a")).pass();
    const { view } = await run.end();
    assertEquals(view.cancelled, undefined);
  },
);

Deno.test("runGraph() runs cleanup tasks after a cancellation, and does not terminate them", async () => {
  const graph = policyGraph({
    a: {},
    always: { after: ["a"], when: "always" },
    failed: { after: ["a"], when: "failed" },
    next: { after: ["always"] },
  });
  const run = new RecordedRun(graph, { policy: { deadlineMs: 5 } });
  await run.pool.next("a");
  const always = await run.pool.next("always");
  assertEquals(run.pool.killed, ["a"]);
  always.pass();
  const { view } = await run.end();
  assertEquals(["always", "failed", "next"].map((name) => statusOf(view, name)), [
    ...["passed", "skipped", "cancelled"],
  ]);
});

Deno.test("runGraph() never runs tasks with a common mutex at once, and waits without a thread", async () => {
  const run = new RecordedRun(policyGraph({ a: { mutex: "db" }, b: { mutex: "db" }, c: {} }));
  const a = await run.pool.next("a");
  const c = await run.pool.next("c");
  assert(!run.pool.has("b"));
  c.pass();
  assert(!run.pool.has("b"));
  a.pass();
  (await run.pool.next("b")).pass();
  await run.end();
});

Deno.test("runGraph() starts no other task while a heavy task waits for threads", async () => {
  const graph = policyGraph({
    a: {},
    b: {},
    heavy: { weight: 2, priority: 1, after: ["a"] },
    z: {},
  });
  const run = new RecordedRun(graph, { lanes: 2 });
  const [a, b] = [await run.pool.next("a"), await run.pool.next("b")];
  a.pass();
  assert(!run.pool.has("heavy") && !run.pool.has("z"));
  b.pass();
  const heavy = await run.pool.next("heavy");
  assert(!run.pool.has("z"));
  heavy.pass();
  (await run.pool.next("z")).pass();
  await run.end();
});

Deno.test("runGraph() shuffles by seed among tasks of equal priority", async () => {
  const names = Array.from({ length: 20 }, (_, i) => `t${String(i).padStart(2, "0")}`);
  const graph = policyGraph({
    ...Object.fromEntries(names.map((name) => [name, {}])),
    z: { priority: 1 },
  });
  const orderOf = async (shuffleSeed: number) => {
    const run = new RecordedRun(graph, { lanes: 1, policy: { shuffleSeed } });
    for (let i = 0; i <= names.length; i++) (await run.pool.nextAny()).pass();
    await run.end();
    return run.story.flatMap((it) => it.startsWith("started ") ? [it.slice(8)] : []);
  };
  const [one, same, other] = [await orderOf(7), await orderOf(7), await orderOf(8)];
  assertEquals(one, same);
  assertEquals([one[0], other[0]], ["z", "z"]);
  assert(one.join() !== other.join() && one.join() !== [...one].sort().join());
});

Deno.test('runGraph() starts the task with the longest path first when the order is "path"', async () => {
  const graph = graphOf({ a: [], b: [], c: ["b"], d: ["c"], e: [], f: ["e"] });
  const orderOf = async (policy: RunPolicy) => {
    const run = new RecordedRun(graph, { lanes: 1, policy });
    for (let i = 0; i < graph.size; i++) (await run.pool.nextAny()).pass();
    await run.end();
    return run.story.flatMap((it) => it.startsWith("started ") ? [it.slice(8)] : []).join("");
  };
  assertEquals(await orderOf({ order: "name" }), "abcdef");
  assertEquals(await orderOf({ order: "path" }), "bceadf");
  const durationsMs = { a: 100, b: 1, c: 1, d: 1, e: 1 };
  assertEquals(await orderOf({ order: "path", durationsMs }), "abcedf");
});

Deno.test("runGraph() does not abort a task that ended in time or has time left", async () => {
  // Long enough for a busy machine: a task that ends at once is noticed a turn later.
  const again = { timeout: 100, retries: { count: 1, delay: 200 } };
  const run = new RecordedRun(
    policyGraph({ a: { timeout: 100 }, again, b: { timeout: 150 }, slow: { timeout: "1h" } }),
    { lanes: 4 },
  );
  (await run.pool.next("a")).pass();
  (await run.pool.next("again")).fail(ERROR);
  const b = await run.pool.next("b");
  await run.pool.nextExpired("b");
  b.pass();
  for (const name of ["again", "slow"]) (await run.pool.next(name)).pass();
  await run.end();
  assertEquals(run.pool.expired, [["b", 1]]);
});

Deno.test("runGraph() starts a task whose mutex is free when another waits for a second mutex", async () => {
  const graph = policyGraph({
    p: { mutex: "a" },
    q: { mutex: "b" },
    r: { mutex: ["a", "b"] },
    s: { mutex: "a" },
  });
  const run = new RecordedRun(graph, { lanes: 4 });
  const [p, q] = [await run.pool.next("p"), await run.pool.next("q")];
  assert(!run.pool.has("r") && !run.pool.has("s"));
  p.pass();
  const s = await run.pool.next("s");
  q.pass();
  assert(!run.pool.has("r"));
  s.pass();
  (await run.pool.next("r")).pass();
  await run.end();
});

Deno.test("runGraph() runs a task with when failed and no dependencies when nothing has failed", async () => {
  const run = new RecordedRun(policyGraph({ a: {}, alarm: { when: "failed" } }));
  (await run.pool.next("a")).pass();
  (await run.pool.next("alarm")).pass();
  const { view } = await run.end();
  assertEquals(["a", "alarm"].map((name) => statusOf(view, name)), ["passed", "passed"]);
});
