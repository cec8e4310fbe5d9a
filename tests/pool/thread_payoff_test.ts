import { assertEquals } from "@std/assert";
import { ThreadPayoff } from "../../src/pool/thread_payoff.ts";

/** Looks at the progress of a run, `[ms since a thread was ready, tasks left]`. */
function looks(loadMs: number, tasks: number, progress: readonly [ms: number, left: number][]) {
  const payoff = new ThreadPayoff();
  payoff.begin(tasks);
  payoff.threadReady(tasks, 0, loadMs);
  return progress.map(([ms, left]) => payoff.isLikely(left, ms));
}

Deno.test("ThreadPayoff expects a payoff when nothing is known", () => {
  const payoff = new ThreadPayoff();
  payoff.begin(10);
  assertEquals(payoff.isLikely(10, 100), true);
});

Deno.test("ThreadPayoff expects a payoff while no task ends", () => {
  assertEquals(looks(10, 4, [[5, 4], [10, 4]]), [true, true]);
});

Deno.test("ThreadPayoff expects none when the rest takes less than three times a thread's start", () => {
  // A thread is ready after 80 ms. 20 us a task: 9,500 take 190 ms, and 20,000 take 400 ms.
  assertEquals(looks(50, 10_000, [[5, 9_750], [10, 9_500]]), [false, false]);
  assertEquals(
    looks(50, 20_750, [[5, 20_500], [10, 20_250], [15, 20_000]]),
    [false, false, true],
  );
});

Deno.test("ThreadPayoff expects none from the first tasks that end, which V8 interprets", () => {
  // 8 in 6 ms, then 46 us a task, then 12.
  assertEquals(
    looks(50, 10_000, [[6, 9_992], [12, 9_862], [18, 9_362]]),
    [false, false, false],
  );
});

Deno.test("ThreadPayoff expects a payoff when many tasks of a millisecond are left", () => {
  assertEquals(looks(10, 1_000, [[5, 995], [10, 990], [15, 985]]), [false, false, true]);
});

Deno.test("ThreadPayoff expects a payoff when a long task follows short ones", () => {
  assertEquals(looks(10, 1_000, [[5, 100], [10, 90], [15, 90]]), [false, false, true]);
});

Deno.test("ThreadPayoff expects none when tasks end before the thread is known to be ready", () => {
  const payoff = new ThreadPayoff();
  payoff.begin(10_000);
  assertEquals(payoff.isLikely(9_900, 15), false);
  payoff.threadReady(9_800, 16, 50);
  assertEquals(payoff.isLikely(9_500, 20), false);
  assertEquals(payoff.isLikely(9_500, 25), true);
});

Deno.test("ThreadPayoff repeats its answer when it is asked again at once", () => {
  assertEquals(looks(50, 10_000, [[5, 9_500], [5.5, 9_500]]), [false, false]);
});
