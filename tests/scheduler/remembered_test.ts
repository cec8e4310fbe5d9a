/** What is kept of schedulers whose starts are over. */
import { assert, assertEquals } from "@std/assert";
import { Scheduler } from "../../mod.ts";
import { realm } from "../../src/task/realm.ts";

Deno.test("a program that makes a scheduler for each request does not grow with them", async () => {
  for (let request = 0; request < 1_100; request++) {
    const scheduler = new Scheduler({ mode: "inline" });
    scheduler.register(() => request, "a");
    await scheduler.start();
    assertEquals(scheduler.sanitizedState, { results: { a: request } });
  }
  const kept = Object.keys(realm().past).length;
  assert(kept <= 1_000, `${kept} are remembered`);
});
