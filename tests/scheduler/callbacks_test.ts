/** Callbacks that call methods of their scheduler. */
import { assert, assertEquals } from "@std/assert";
import { Scheduler } from "../../src/scheduler/scheduler.ts";
import { bounded } from "../support/bounded.ts";

function scheduler(): Scheduler {
  const s = new Scheduler({ mode: "inline", keepWorkers: true });
  s.register(() => 1, "a");
  return s;
}

for (const kind of ["onTaskDone", "onSchedulerDone"] as const) {
  Deno.test(`Scheduler[Symbol.asyncDispose]() waits for ${kind}`, async () => {
    const s = scheduler();
    let isDisposed = false;
    s[kind](async () => {
      await s[Symbol.asyncDispose]();
      isDisposed = true;
    });
    const { ok, passed } = await bounded(s.start(), "the run");
    assertEquals([isDisposed, ok, passed], [true, true, ["a"]]);
  });
}

Deno.test("Scheduler.start() rejects within onSchedulerDone", async () => {
  await using s = scheduler();
  s.onSchedulerDone(() => s.start());
  const { ok, passed } = await bounded(s.start(), "the run");
  assertEquals([ok, passed], [false, ["a"]]);
});

Deno.test("Scheduler.onSchedulerDone() registers for the next run when called within a callback", async () => {
  await using s = scheduler();
  let calls = 0;
  const again = () => {
    assert(++calls <= 3, "it is called again and again");
    s.onSchedulerDone(again);
  };
  s.onSchedulerDone(again);
  await bounded(s.start(), "the first run");
  assertEquals(calls, 1);
  await bounded(s.start(), "the second run");
  assertEquals(calls, 3);
});
