/** The signal of a task. */
import { assert, assertEquals } from "@std/assert";
import { TaskSignal, TaskTimeoutError } from "../../src/pool/task_signal.ts";

/** What a task is told that asks whether it is to end. */
function told(signal: TaskSignal): string {
  return String(signal.get(true).reason);
}

Deno.test("TaskSignal: says why the run was cut short once that was heard, and makes up no reason", () => {
  const signal = new TaskSignal();
  signal.begin(false);
  assertEquals(told(signal), "AbortError: The run was cut short");
  signal.cancel("deadline");
  signal.begin(false);
  assertEquals(told(signal), "AbortError: The run has passed its deadline");
});

Deno.test("TaskSignal: a task has one signal, which is aborted when the run is cancelled, and the next has another", () => {
  const signal = new TaskSignal();
  signal.begin(false);
  const first = signal.get(false);
  assert(!first.aborted && signal.get(false) === first);
  signal.cancel("interrupted");
  assertEquals(String(first.reason), "AbortError: The run was interrupted");
  assert(signal.get(true) === first);
  signal.begin(false);
  assert(signal.get(false) !== first && signal.get(false).aborted);
});

Deno.test("TaskSignal: a task that runs whatever happens hears nothing of a cancel, but of its timeout", () => {
  const signal = new TaskSignal();
  signal.begin(true);
  const own = signal.get(false);
  signal.cancel("interrupted");
  assert(!own.aborted && !signal.get(true).aborted);
  const late = new TaskTimeoutError(5);
  signal.expire(late);
  assertEquals(own.reason, late);
  signal.begin(false);
  assert(signal.get(false).aborted);
});

Deno.test("TaskSignal: cancelled is who ends with an abort after the run was cancelled, and nobody else", () => {
  const abort = new DOMException("stopped", "AbortError");
  const signal = new TaskSignal();
  signal.begin(false);
  assert(!signal.wasCancelled(abort), "it has not asked for the signal");
  signal.get(false);
  assert(!signal.wasCancelled(abort), "nothing was cancelled");
  signal.cancel("interrupted");
  assert(signal.wasCancelled(signal.get(false).reason) && signal.wasCancelled(abort));
  assert(!signal.wasCancelled(new TypeError("its own")) && !signal.wasCancelled("AbortError"));
  const expired = new TaskSignal();
  expired.begin(false);
  const late = new TaskTimeoutError(5);
  expired.get(false);
  expired.expire(late);
  assert(!expired.wasCancelled(late) && !expired.wasCancelled(abort));
});
