/** When the main thread lets records add up. */
import { assertEquals } from "@std/assert";
import { Wakeups } from "../../src/plan/wakeups.ts";
import { WakeupCoalescer } from "../../src/run/wakeup_coalescer.ts";

/** A rest, and a clock that is set by hand. */
function rig(mayBlock: boolean) {
  const clock = { ms: 0 };
  const wakeups = new Wakeups(new Int32Array(new SharedArrayBuffer(256)));
  const rest = new WakeupCoalescer(wakeups, mayBlock, () => clock.ms);
  return { rest, clock };
}

Deno.test("WakeupCoalescer: it is due after many records, wherever tasks run", () => {
  for (const mayBlock of [false, true]) {
    using rest = rig(mayBlock).rest;
    assertEquals([rest.shouldPause(32), rest.shouldPause(33)], [false, true]);
  }
});

Deno.test("WakeupCoalescer: where threads go on, it is due after a few, too, if they come soon", () => {
  const { rest, clock } = rig(true);
  const after = (ms: number, records: number) => {
    clock.ms += ms;
    return rest.shouldPause(records);
  };
  assertEquals(after(1, 3), false, "the first");
  assertEquals(after(0.1, 3), true, "soon");
  assertEquals(after(0.1, 0), false, "nothing has come");
  assertEquals(after(0.1, 1), true, "soon after the look that found nothing");
  assertEquals(after(0.4, 1), false, "not soon");
  rest[Symbol.dispose]();
});

Deno.test("WakeupCoalescer: where nothing goes on meanwhile, few records are told at once", () => {
  const { rest } = rig(false);
  assertEquals([rest.shouldPause(3), rest.shouldPause(3)], [false, false]);
  rest[Symbol.dispose]();
});

Deno.test("WakeupCoalescer: where this thread blocks, its event loop has turned when it is over", async () => {
  using rest = rig(true).rest;
  let isOver = false;
  const taken = rest.pause().then(() => void (isOver = true));
  for (let i = 0; i < 100; i++) await undefined; // what comes without a turn has come
  assertEquals(isOver, false);
  await taken;
});
