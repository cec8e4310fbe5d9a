/** Guards of overlapping runs against exit functions. */
import { assertEquals, assertThrows } from "@std/assert";
import { ExitError, guardExit } from "../../src/thread/exit_guard.ts";

Deno.test("guardExit() keeps the other guard when overlapping guards are removed in any order", () => {
  const { exit } = Deno;
  for (const firstDown of [0, 1]) {
    const calls = [0, 0];
    const removals = [0, 1].map((i) => guardExit(() => ++calls[i]! > 0));
    removals[firstDown]!();
    assertThrows(() => Deno.exit(0), ExitError);
    assertThrows(() => self.close(), ExitError);
    removals[1 - firstDown]!();
    assertEquals(calls, firstDown === 0 ? [0, 2] : [2, 0]);
    Deno.exit = exit;
  }
});

Deno.test("guardExit() restores the exit functions when the guard is removed", () => {
  const { exit } = Deno;
  const { close } = self;
  guardExit(() => true)();
  assertEquals([Deno.exit, self.close], [exit, close]);
});
