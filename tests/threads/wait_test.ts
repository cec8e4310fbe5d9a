/** Sleeping on a word ends when the word changes, when time is up, or when the check says so. */
import { assert, assertEquals, assertThrows } from "@std/assert";
import { SLICE_MS, waitAsyncWhile, waitWhile, wake } from "../../src/sync/wait.ts";
import { bounded } from "../support/bounded.ts";
import { sharedWords, TestThread } from "../support/threads.ts";
import type { SyncOrder } from "./sync_worker.ts";

const WORKER = new URL("./sync_worker.ts", import.meta.url);

Deno.test("waitWhile: returns true at once where the word has another value", () => {
  assertEquals(waitWhile(sharedWords(1), 0, 1), true);
  assertEquals(waitWhile(sharedWords(1), 0, 1, { timeoutMs: 0 }), true);
});

Deno.test("waitWhile: returns false when the word stays as it is until the timeout", () => {
  for (const timeoutMs of [0, 5, 2.5 * SLICE_MS]) {
    const start = performance.now();
    assertEquals(waitWhile(sharedWords(1), 0, 0, { timeoutMs }), false);
    assert(performance.now() - start >= timeoutMs - 1);
  }
});

Deno.test("waitWhile: looks at the check before each slice, and ends with what it throws", () => {
  let looks = 0;
  const check = () => {
    if (++looks === 3) throw new RangeError("fenced");
  };
  assertThrows(() => waitWhile(sharedWords(1), 0, 0, { check }), RangeError, "fenced");
  assertEquals(looks, 3);
});

for (const kind of ["wait", "wait async"] as const) {
  Deno.test(`${kind}: a thread that sleeps is woken when the word has changed`, async () => {
    const words = sharedWords(2);
    using thread = new TestThread(WORKER);
    const order: SyncOrder = { do: kind, words, index: 0 };
    const woken = thread.ask<string>(order);
    await bounded(waitAsyncWhile(words, 1, 0), "the thread to be about to sleep");
    Atomics.store(words, 0, 1);
    wake(words, 0);
    assertEquals(await woken, "woken");
  });
}

Deno.test("waitAsyncWhile: resolves at once where the word has another value, and after its timeout", async () => {
  const words = sharedWords(1);
  await waitAsyncWhile(words, 0, 1);
  const keepAlive = setTimeout(() => {}, 20_000);
  await waitAsyncWhile(words, 0, 0, 5);
  clearTimeout(keepAlive);
});

Deno.test("wake: says how many it woke", async () => {
  const words = sharedWords(1);
  assertEquals(wake(words, 0), 0);
  const sleepers = [waitAsyncWhile(words, 0, 0), waitAsyncWhile(words, 0, 0)];
  assertEquals([wake(words, 0, 1), wake(words, 0)], [1, 1]);
  await Promise.all(sleepers);
});
