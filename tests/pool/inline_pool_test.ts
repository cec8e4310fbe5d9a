/** Tasks on the main thread that leave it in a bad way. */
import { assertEquals } from "@std/assert";
import type { RunEvent } from "../../src/events/run_event.ts";
import { Scheduler } from "../../src/scheduler/scheduler.ts";
import { bounded } from "../support/bounded.ts";
import { graphOf } from "../support/graphs.ts";
import { assertWellFormed } from "../support/well_formed.ts";

Deno.test("InlinePool: where the loop itself breaks, the task at hand fails, and what comes after it", async () => {
  const events: RunEvent[] = [];
  const s = new Scheduler({
    mode: "inline",
    reporters: [{ report: (it) => void events.push(it) }],
  });
  s.register(
    (state) => {
      state._state_lock.acquire();
      // The next loop over a list is the library's own, as it takes the lock away.
      const { prototype } = Array;
      const values = prototype[Symbol.iterator];
      prototype[Symbol.iterator] = () => {
        prototype[Symbol.iterator] = values;
        throw new Error("no loops");
      };
    },
    "a",
    { withState: true },
  );
  s.register(() => {}, "b", { after: ["a"] });
  const { failures } = await bounded(s.start(), "the run");
  assertWellFormed(events, graphOf({ a: [], b: ["a"] }), { skipDependents: false });
  assertEquals(
    Object.entries(failures).map(([name, { errorType, error }]) => [name, errorType, error]),
    [
      ["a", "WorkerLostError", "the worker thread was lost while it ran this task: no loops"],
      ["b", "Error", "no loops"],
    ],
  );
});
