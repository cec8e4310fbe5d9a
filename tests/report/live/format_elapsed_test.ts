import { assertEquals } from "@std/assert";
import { formatApproximately, formatElapsed } from "../../../src/report/live/format_elapsed.ts";

Deno.test("formatElapsed() returns tenths up to a minute, then seconds, then minutes", () => {
  const texts = [-5, 0, 99, 100, 9949, 59_999, 60_000, 3_599_999, 3_600_000, 90_061_000].map(
    formatElapsed,
  );
  assertEquals(texts, [
    ...["0.0s", "0.0s", "0.0s", "0.1s", "9.9s", "59.9s", "1m 00s", "59m 59s", "1h 00m", "25h 01m"],
  ]);
});

Deno.test("formatApproximately() returns whole seconds, at least one", () => {
  assertEquals([0, 400, 1499, 1500, 65_000].map(formatApproximately), [
    "1s",
    "1s",
    "1s",
    "2s",
    "1m 05s",
  ]);
});
