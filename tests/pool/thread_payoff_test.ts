import { assertEquals } from "@std/assert";
import { ThreadPayoff } from "../../src/pool/thread_payoff.ts";

/** Looks at the progress of a run, `[ms since a thread was ready, tasks left]`. */
function looks(loadMs: number, tasks: number, progress: readonly [ms: number, left: number][]) {
  const payoff = new ThreadPayoff();
  payoff.begin();
  payoff.threadReady(tasks, 0, loadMs);
  return progress.map(([ms, left]) => payoff.isLikely(left, ms));
}

Deno.test("ThreadPayoff expects a payoff when nothing is known", () => {
  const payoff = new ThreadPayoff();
  payoff.begin();
  assertEquals(payoff.isLikely(10, 100), true);
});

Deno.test("ThreadPayoff expects a payoff while no task ends", () => {
  assertEquals(looks(10, 4, [[5, 4], [10, 4]]), [true, true]);
});

Deno.test("ThreadPayoff expects none when the rest takes less time than a thread's start", () => {
  // 10 us a task: 9,500 take 95 ms; a thread is ready after 80 ms.
  assertEquals(looks(50, 10_000, [[5, 9_500]]), [false]);
});

Deno.test("ThreadPayoff expects a payoff when many tasks of a millisecond are left", () => {
  assertEquals(looks(10, 1_000, [[5, 995], [10, 990]]), [true, true]);
});

Deno.test("ThreadPayoff expects a payoff when a long task follows short ones", () => {
  assertEquals(looks(10, 1_000, [[5, 100], [10, 90], [15, 90]]), [false, false, true]);
});

Deno.test("ThreadPayoff takes the first tasks as slower than what follows", () => {
  // 2 x (30 + 10) ms are reached by 100 ms that are left, but not by the first estimate of them.
  assertEquals(looks(10, 105, [[5, 100]]), [false]);
  assertEquals(looks(10, 110, [[5, 105], [10, 100]]), [false, true]);
});

Deno.test("ThreadPayoff repeats its answer when it is asked again at once", () => {
  assertEquals(looks(50, 10_000, [[5, 9_500], [5.5, 9_500]]), [false, false]);
});
