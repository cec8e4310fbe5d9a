/** The signal of a task. */
import { assertEquals } from "@std/assert";
import { TaskSignal } from "../../src/pool/task_signal.ts";

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
