/** The memory of schedulers after their starts. */
import { assert, assertEquals } from "@std/assert";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { Scheduler } from "../../mod.ts";
import { realm } from "../../src/task/realm.ts";

Deno.test("Scheduler.start() does not leak memory when called for each request", async () => {
  const scheduler = new Scheduler({ mode: "inline" });
  scheduler.register(() => 1, "a");
  for (let request = 0; request < 100; request++) await scheduler.start();
  assertEquals([...realm().pastStarts.values()].map((starts) => starts.length), [64]);
});

Deno.test("Scheduler does not leak memory when created for each request", async () => {
  for (let request = 0; request < 1_100; request++) {
    const scheduler = new Scheduler({ mode: "inline" });
    scheduler.register(() => request, "a");
    await scheduler.start();
    assertEquals(scheduler.sanitizedState, { results: { a: request } });
  }
  const kept = realm().pastStarts.size;
  assert(kept <= 1_000, `${kept} are remembered`);
});

Deno.test("Scheduler does not leak memory when inline runs always overlap", async () => {
  setFlagsFromString("--expose-gc");
  const gc = runInNewContext("gc") as () => void;
  const { exit } = Deno;
  const { close } = self;
  const seen: WeakRef<object>[] = [];
  let endLast = () => Promise.resolve();
  for (let request = 0; request < 20; request++) {
    const end = await overlapping(seen);
    await endLast();
    endLast = end;
  }
  await endLast();
  endLast = () => Promise.resolve();
  assertEquals([Deno.exit, self.close], [exit, close]);
  const kept = () => seen.filter((task) => task.deref()).length;
  for (let round = 0; round < 10 && kept() > 1; round++) {
    // A WeakRef that was read keeps its target alive until the end of the turn.
    await new Promise((resolve) => setTimeout(resolve));
    gc();
  }
  assert(kept() <= 1, `${kept()} of ${seen.length} are kept`);
});

/** Starts a run, and resolves with a function that ends it once its task has started. */
async function overlapping(seen: WeakRef<object>[]): Promise<() => Promise<void>> {
  const begun = Promise.withResolvers<void>();
  const gate = Promise.withResolvers<void>();
  const scheduler = new Scheduler({ mode: "inline" });
  const task = () => (begun.resolve(), gate.promise);
  seen.push(new WeakRef(task));
  scheduler.register(task, "a");
  const run = scheduler.start();
  await begun.promise;
  return async () => {
    gate.resolve();
    await run;
  };
}
