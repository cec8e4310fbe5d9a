/** The signal of a task. */
import { assert, assertEquals } from "@std/assert";
import { Scheduler } from "../../src/scheduler/scheduler.ts";
import { Cancellation, TaskSignal, TaskTimeoutError } from "../../src/thread/task_signal.ts";
import { bounded } from "../support/bounded.ts";

const yes = () => true;
const no = () => false;

Deno.test("TaskSignal has the reason of the cancellation once its message has arrived", () => {
  const cancellation = new Cancellation(yes);
  const reason = () => String(new TaskSignal(cancellation).get().reason);
  assertEquals(reason(), "AbortError: The run was cancelled");
  cancellation.reason = "deadline";
  assertEquals(reason(), "AbortError: The run has passed its deadline");
});

Deno.test("TaskSignal.get() returns one signal per attempt, aborted when the run is cancelled", () => {
  const cancellation = new Cancellation(no);
  const signal = new TaskSignal(cancellation);
  const first = signal.get();
  assert(!first.aborted && signal.get() === first);
  cancellation.reason = "interrupted";
  signal.cancel();
  assertEquals(String(first.reason), "AbortError: The run was interrupted");
  assert(signal.get() === first);
  const next = new TaskSignal(cancellation).get();
  assert(next !== first && next.aborted);
});

Deno.test("TaskSignal ignores a cancellation, but not a timeout, when the task always runs", () => {
  const signal = new TaskSignal(undefined);
  const own = signal.get();
  signal.cancel();
  assert(!own.aborted && !signal.get().aborted);
  const late = new TaskTimeoutError(5);
  signal.expire(late);
  assertEquals(own.reason, late);
});

Deno.test("TaskSignal.get() returns an aborted signal when the timeout passed before", () => {
  const signal = new TaskSignal(new Cancellation(no));
  const late = new TaskTimeoutError(5);
  signal.expire(late);
  assertEquals(signal.get().reason, late);
});

Deno.test("Cancellation ignores the plan when the run is finished", () => {
  const cancellation = new Cancellation(yes);
  cancellation.isRunFinished = true;
  assert(!new TaskSignal(cancellation).get().aborted);
  cancellation.reason = "interrupted";
  assert(new TaskSignal(cancellation).get().aborted, "it was cancelled");
});

Deno.test("TaskSignal.wasCancelled() returns true only for an abort error after a cancellation", () => {
  const abort = new DOMException("stopped", "AbortError");
  const cancellation = new Cancellation(no);
  const signal = new TaskSignal(cancellation);
  assert(!signal.wasCancelled(abort), "it has not asked for the signal");
  signal.get();
  assert(!signal.wasCancelled(abort), "nothing was cancelled");
  cancellation.reason = "interrupted";
  signal.cancel();
  assert(signal.wasCancelled(signal.get().reason) && signal.wasCancelled(abort));
  assert(!signal.wasCancelled(new TypeError("its own")) && !signal.wasCancelled("AbortError"));
  const expired = new TaskSignal(undefined);
  const late = new TaskTimeoutError(5);
  expired.get();
  expired.expire(late);
  assert(!expired.wasCancelled(late) && !expired.wasCancelled(abort));
});

Deno.test("task.signal is its own attempt's when leaked code reads it during another task", async () => {
  const turn = () => new Promise<void>((resolve) => setTimeout(resolve, 1));
  const left = Promise.withResolvers<void>();
  const s = new Scheduler({ mode: "inline" });
  s.register(
    async (task) => {
      while (!task.signal.aborted) await turn();
      left.resolve();
    },
    "late",
    { timeout: 5 },
  );
  s.register(() => left.promise, "next", { after: ["late"], timeout: 10_000 });
  const { failed, passed } = await bounded(s.start(), "the run");
  assertEquals([failed, passed], [["late"], ["next"]]);
});

Deno.test("task.signal is aborted when an attempt past its timeout first reads it during another task", async () => {
  const isNext = Promise.withResolvers<void>();
  const reason = Promise.withResolvers<boolean>();
  const s = new Scheduler({ mode: "inline" });
  s.register(
    async (task) => {
      await isNext.promise;
      reason.resolve(task.signal.aborted);
    },
    "late",
    { timeout: 5 },
  );
  s.register(
    () => {
      isNext.resolve();
      return reason.promise;
    },
    "next",
    { after: ["late"] },
  );
  await bounded(s.start(), "the run");
  assertEquals(s.state.results["next"], true);
});
