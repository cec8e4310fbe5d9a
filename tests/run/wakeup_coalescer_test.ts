/** Pauses of the main thread. */
import { assertEquals } from "@std/assert";
import { Wakeups } from "../../src/plan/wakeups.ts";
import { WakeupCoalescer } from "../../src/run/wakeup_coalescer.ts";

/** Creates a coalescer, and a clock that is set by hand. */
function rig(mayBlock: boolean) {
  const clock = { ms: 0 };
  const wakeups = new Wakeups(new Int32Array(new SharedArrayBuffer(256)));
  const coalescer = new WakeupCoalescer(wakeups, mayBlock, () => clock.ms);
  return { coalescer, clock };
}

Deno.test("WakeupCoalescer.shouldPause() returns true after many records", () => {
  for (const mayBlock of [false, true]) {
    using coalescer = rig(mayBlock).coalescer;
    assertEquals([coalescer.shouldPause(32), coalescer.shouldPause(33)], [false, true]);
  }
});

Deno.test("WakeupCoalescer.shouldPause() returns true after few records in quick succession when it may block", () => {
  const { coalescer, clock } = rig(true);
  const after = (ms: number, records: number) => {
    clock.ms += ms;
    return coalescer.shouldPause(records);
  };
  assertEquals(after(1, 3), false, "the first");
  assertEquals(after(0.1, 3), true, "soon");
  assertEquals(after(0.1, 0), false, "nothing has come");
  assertEquals(after(0.1, 1), true, "soon after the look that found nothing");
  assertEquals(after(0.4, 1), false, "not soon");
  coalescer[Symbol.dispose]();
});

Deno.test("WakeupCoalescer.shouldPause() returns false after few records when it may not block", () => {
  const { coalescer } = rig(false);
  assertEquals([coalescer.shouldPause(3), coalescer.shouldPause(3)], [false, false]);
  coalescer[Symbol.dispose]();
});

Deno.test("WakeupCoalescer.pause() turns the event loop after blocking", async () => {
  using coalescer = rig(true).coalescer;
  let isOver = false;
  const taken = coalescer.pause().then(() => void (isOver = true));
  for (let i = 0; i < 100; i++) await undefined; // everything that needs no turn has happened
  assertEquals(isOver, false);
  await taken;
});
