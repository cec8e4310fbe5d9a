/** Tasks on the main thread that leave it in a bad way. */
import { assertEquals, assertMatch } from "@std/assert";
import type { RunEvent } from "../../src/events/run_event.ts";
import { Scheduler } from "../../src/scheduler/scheduler.ts";
import type { StateLock, TaskContext } from "../../src/task/context.ts";
import { logger } from "../../src/task/logger.ts";
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

Deno.test("InlinePool: of two runs at once, the one that goes on hears what its tasks log when the other is over", async () => {
  const gate = Promise.withResolvers<void>();
  const texts: string[] = [];
  const report = (event: RunEvent) => void (event.type === "task-output" && texts.push(event.text));
  const first = new Scheduler({ mode: "inline" });
  const second = new Scheduler({ mode: "inline", reporters: [{ report }] });
  const isBegun = Promise.withResolvers<void>();
  first.register(() => isBegun.promise, "first");
  second.register(async () => {
    isBegun.resolve();
    await gate.promise;
    logger.info("late");
  }, "second");
  const [one, two] = [first.start(), second.start()];
  await bounded(one, "the first run");
  gate.resolve();
  await bounded(two, "the second run");
  assertEquals(texts, ["late"]);
});

Deno.test("InlinePool: what a task has left behind logs to standard error when the run is over", async () => {
  const events: RunEvent[] = [];
  const s = new Scheduler({
    mode: "inline",
    reporters: [{ report: (it) => void events.push(it) }],
  });
  let left: TaskContext | undefined;
  s.register((task) => void (left = task), "a");
  await bounded(s.start(), "the run");
  const { writeSync } = Deno.stderr;
  let text = "";
  Deno.stderr.writeSync = (bytes) => {
    text += new TextDecoder().decode(bytes);
    return bytes.length;
  };
  try {
    left!.log.debug("looked");
    left!.log.warn("late");
  } finally {
    Deno.stderr.writeSync = writeSync;
  }
  assertEquals(text, "late\n");
  assertEquals(events.at(-1)!.type, "run-finished");
});

/** The ways in which code waits for the lock and then holds it for ever. */
const HOLDING: Readonly<Record<string, (lock: StateLock) => Promise<unknown>>> = {
  "acquireAsync()": async (lock) => {
    using _lock = await lock.acquireAsync();
    await new Promise(() => {});
  },
  "run()": (lock) => lock.run(() => new Promise(() => {})),
};

for (const [name, hold] of Object.entries(HOLDING)) {
  Deno.test(`InlinePool rejects ${name} of a task that has timed out, and the next task gets the lock`, async () => {
    const go = Promise.withResolvers<void>();
    const abandoned = Promise.withResolvers<unknown>();
    const s = new Scheduler({ mode: "inline", skipDependents: false });
    s.register(
      async (state) => {
        await go.promise;
        await hold(state._state_lock).catch(abandoned.resolve);
      },
      "late",
      { withState: true, timeout: 1 },
    );
    s.register(
      async (state) => {
        go.resolve();
        await new Promise((resolve) => setTimeout(resolve)); // the abandoned code runs
        using _lock = state._state_lock.acquire();
      },
      "next",
      { withState: true, after: ["late"] },
    );
    const { failures } = await bounded(s.start(), "the run");
    assertEquals(Object.entries(failures).map(([name, { errorType }]) => [name, errorType]), [[
      "late",
      "TimeoutError",
    ]]);
    assertMatch(String(await abandoned.promise), /^StateLockError: .* has failed/);
  });
}
