/** Attempts: time limits, results, strict reads. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { Attempt } from "../../src/thread/attempt.ts";
import { AttemptTimer } from "../../src/thread/attempt.ts";
import { DeclaredReads } from "../../src/thread/declared_reads.ts";
import type { LaneTaskContext } from "../../src/thread/lane_task_context.ts";
import type { TaskId } from "../../src/task/task.ts";
import { policyGraph, task } from "../support/graphs.ts";

const TASK = 3 as TaskId;

Deno.test("AttemptTimer.isLate depends on the duration alone", () => {
  let now = 100;
  const clock = new AttemptTimer(() => now);
  clock.begin(50);
  now = 150;
  assertEquals([clock.isLate, clock.failure("thrown")], [false, "thrown"]);
  now = 150.5;
  assertEquals(clock.isLate, true);
  const error = clock.failure(new Error("late words")) as Error;
  assertEquals([error.name, error.message, (error.cause as Error).message], [
    ...["TimeoutError", "the task took longer than its timeout of 50 ms", "late words"],
  ]);
  clock.begin(undefined);
  now = 1e9;
  assertEquals(clock.isLate, false);
});

Deno.test("AttemptTimer.expire() applies to the current attempt only", () => {
  const clock = new AttemptTimer(() => 0);
  clock.begin(50);
  const error = clock.expire();
  assert(clock.isLate);
  for (const thrown of [undefined, error]) assert(clock.failure(thrown) === error);
  assert(clock.expire() === error && !("cause" in error), "an error is not its own cause");
  clock.begin(50);
  assertEquals(clock.isLate, false);
});

Deno.test("Attempt.begin() uses the timeout of the task, or else of the run", () => {
  let now = 0;
  const attempt = new Attempt(() => now, () => false);
  const [own, none] = policyGraph({ own: { timeout: 10 }, other: {} }).tasks.toReversed();
  attempt.begin(TASK, own, 50);
  assertEquals([attempt.task, attempt.name], [TASK, "own"]);
  now = 20;
  assertEquals([attempt.hasFailed, String(attempt.failure())], [
    ...[true, "TimeoutError: the task took longer than its timeout of 10 ms"],
  ]);
  attempt.begin(TASK, none, 50);
  now = 60;
  assert(!attempt.hasFailed);
  now = 80;
  assert(attempt.hasFailed);
  attempt.end();
  assertEquals([attempt.task, attempt.abandon], [null, undefined]);
});

Deno.test("Attempt.failWith() keeps the first error, for one attempt", () => {
  const attempt = new Attempt(() => 0, () => false);
  attempt.begin(TASK, task("a"), undefined);
  assertEquals([attempt.hasFailed, attempt.failure("thrown")], [false, "thrown"]);
  const [first, second] = [new Error("first"), new Error("second")];
  attempt.failWith(first);
  attempt.failWith(second);
  assertEquals([attempt.hasFailed, attempt.failure("thrown")], [true, first]);
  attempt.end();
  attempt.begin(TASK, task("a"), undefined);
  assertEquals([attempt.hasFailed, attempt.failure("thrown")], [false, "thrown"]);
});

Deno.test("Attempt ignores a cancellation of the next run in the same memory", () => {
  let isAborted = false;
  const attempt = new Attempt(() => 0, () => isAborted);
  const left = {} as LaneTaskContext;
  for (const context of [left, {} as LaneTaskContext]) {
    attempt.begin(TASK, task("a"), undefined);
    attempt.context = context;
    attempt.end();
  }
  attempt.endRun();
  isAborted = true;
  assertEquals(attempt.signalOf(left).get().aborted, false);
  assertEquals(attempt.signalOf(attempt.context!).get().aborted, false);
});

Deno.test("Attempt aborts its signal when late or cancelled, except for tasks that always run", () => {
  const attempt = new Attempt(() => 0, () => false);
  attempt.begin(TASK, task("a"), 5);
  const signal = attempt.signal.get();
  attempt.expire();
  assertEquals([String(signal.reason), attempt.hasFailed], [
    ...["TimeoutError: the task took longer than its timeout of 5 ms", true],
  ]);
  const { tasks } = policyGraph({ always: { when: "always" }, passed: { when: "passed" } });
  attempt.cancel("interrupted");
  const isAborted = tasks.map((spec) => {
    attempt.begin(TASK, spec, undefined);
    return attempt.signal.get().aborted;
  });
  assertEquals(isAborted, [false, true]);
});

Deno.test("Attempt.waitForEnd() resolves with the first of the task's end and its abandonment", async () => {
  const attempt = new Attempt(() => 0, () => false);
  const wait = (result: PromiseLike<unknown>) =>
    attempt.waitForEnd(result, (value) => `passed ${value}`, (error) => `failed ${error}`);
  assertEquals(await wait(Promise.resolve(1)), "passed 1");
  assertEquals(await wait(Promise.reject(2)), "failed 2");
  const { promise, resolve } = Promise.withResolvers();
  const waiting = wait(promise);
  attempt.abandon!(3);
  resolve(4);
  assertEquals(await waiting, "failed 3");
  const fenced = () => {
    throw new Error("fenced");
  };
  await assertRejects(() => attempt.waitForEnd(Promise.resolve(), fenced, fenced), Error, "fenced");
});

Deno.test("Attempt.waitForEnd() ignores the end of an abandoned task", async () => {
  const attempt = new Attempt(() => 0, () => false);
  const ends: unknown[] = [];
  const { promise, resolve } = Promise.withResolvers();
  const end = (value: unknown) => void ends.push(value);
  attempt.waitForEnd(promise, end, end);
  attempt.end();
  assertEquals(attempt.abandon, undefined);
  const next = attempt.waitForEnd(Promise.resolve("next"), end, end);
  resolve("over");
  await promise;
  await next;
  assertEquals(ends, ["next"]);
});

Deno.test("DeclaredReads.check() permits results of direct and indirect dependencies only", () => {
  const specs = [task("a"), task("b", ["a"]), task("c", ["b"]), task("other"), task("d", ["c"])];
  const reads = new DeclaredReads(
    new Map(specs.map((spec) => [spec.name, { spec, call: () => {} }])),
  );
  const refused = (reader: string, name: string) => reads.check(reader, name)?.message;
  assertEquals(["a", "b", "c"].map((name) => refused("d", name)), [
    undefined,
    undefined,
    undefined,
  ]);
  assertEquals(
    refused("d", "other"),
    '"d" reads state.results.other, but does not depend on "other": add it to `after`',
  );
  assertEquals([refused("a", "d") === undefined, refused("a", "a") === undefined], [false, false]);
  assertEquals(refused("a", "toString"), undefined, "what is no task is nobody's result");
});
