/** Waiting on a word of shared memory: for a change, with a timeout, with a check. */
import { assert, assertEquals, assertThrows } from "@std/assert";
import { SLICE_MS, waitAsyncWhile, waitWhile, wake } from "../../src/sync/wait.ts";
import { bounded } from "../support/bounded.ts";
import { sharedWords, TestThread } from "../support/threads.ts";
import type { SyncCommand } from "./sync_worker.ts";

const WORKER = new URL("./sync_worker.ts", import.meta.url);

Deno.test("waitWhile() returns true at once when the word has another value", () => {
  assertEquals(waitWhile(sharedWords(1), 0, 1), true);
  assertEquals(waitWhile(sharedWords(1), 0, 1, { timeoutMs: 0 }), true);
});

Deno.test("waitWhile() returns false after the timeout when the word does not change", () => {
  for (const timeoutMs of [0, 5, 2.5 * SLICE_MS]) {
    const start = performance.now();
    assertEquals(waitWhile(sharedWords(1), 0, 0, { timeoutMs }), false);
    assert(performance.now() - start >= timeoutMs - 1);
  }
});

Deno.test("waitWhile() calls the check before each slice, and throws its error", () => {
  let calls = 0;
  const check = () => {
    if (++calls === 3) throw new RangeError("fenced");
  };
  assertThrows(() => waitWhile(sharedWords(1), 0, 0, { check }), RangeError, "fenced");
  assertEquals(calls, 3);
});

for (
  const [kind, symbol] of [["wait", "waitWhile()"], ["wait async", "waitAsyncWhile()"]] as const
) {
  Deno.test(`wake() wakes a thread in ${symbol} when the word has changed`, async () => {
    const words = sharedWords(2);
    using thread = new TestThread(WORKER);
    const command: SyncCommand = { do: kind, words, index: 0 };
    const woken = thread.ask<string>(command);
    await bounded(waitAsyncWhile(words, 1, 0), "the thread to be about to wait");
    Atomics.store(words, 0, 1);
    wake(words, 0);
    assertEquals(await woken, "woken");
  });
}

Deno.test("waitAsyncWhile() resolves when the word has another value, or times out", async () => {
  const words = sharedWords(1);
  await waitAsyncWhile(words, 0, 1);
  const keepAlive = setTimeout(() => {}, 20_000);
  await waitAsyncWhile(words, 0, 0, 5);
  clearTimeout(keepAlive);
});

Deno.test("wake() returns how many waiters it woke", async () => {
  const words = sharedWords(1);
  assertEquals(wake(words, 0), 0);
  const waiters = [waitAsyncWhile(words, 0, 0), waitAsyncWhile(words, 0, 0)];
  assertEquals([wake(words, 0, 1), wake(words, 0)], [1, 1]);
  await Promise.all(waiters);
});
