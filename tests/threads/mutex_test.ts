/** Mutual exclusion between threads. */
import { assertEquals, assertThrows } from "@std/assert";
import { InternalError } from "../../src/base/assert.ts";
import { Mutex } from "../../src/sync/mutex.ts";
import { waitAsyncWhile } from "../../src/sync/wait.ts";
import { bounded } from "../support/bounded.ts";
import { sharedWords, TestThread } from "../support/threads.ts";
import type { SyncCommand } from "./sync_worker.ts";

const WORKER = new URL("./sync_worker.ts", import.meta.url);

Deno.test("Mutex loses no increment when 4 threads increment 20,000 times each", async () => {
  // A sleeping waiter is woken some 1,250 times, each of which takes a busy machine milliseconds.
  const [threads, times] = [4, 20_000];
  const words = sharedWords(2);
  using stack = new DisposableStack();
  const workers = Array.from({ length: threads }, () => stack.use(new TestThread(WORKER)));
  await Promise.all(workers.map((worker, i) => {
    const command: SyncCommand = { do: "increment", words, owner: i + 1, times };
    return worker.ask(command);
  }));
  assertEquals([...words], [0, threads * times]);
});

Deno.test("Mutex.acquire() marks the lock as contended, and sleeps until the release", async () => {
  const words = sharedWords(2);
  const mutex = new Mutex(words, 0, 1);
  mutex.acquire();
  using thread = new TestThread(WORKER);
  const done = thread.ask({ do: "increment", words, owner: 2, times: 1 } satisfies SyncCommand);
  const contended = async () => {
    while (words[0] === 1) await new Promise((resolve) => setTimeout(resolve, 1));
  };
  await bounded(contended(), "the thread to be about to wait", 5000);
  assertEquals([...words], [1 | (1 << 30), 0]);
  mutex.release();
  await bounded(done, "the thread to have had the lock", 5000);
  assertEquals([...words], [0, 1]);
});

Deno.test("Mutex.release() wakes a waiter when the lock is contended", async () => {
  const words = sharedWords(1);
  const contended = 1 | (1 << 30); // as a waiter leaves it before it sleeps
  words[0] = contended;
  const woken = waitAsyncWhile(words, 0, contended);
  new Mutex(words, 0, 1).release();
  await bounded(woken, "the waiter to be woken", 5000);
  assertEquals(words[0], 0);
});

Deno.test("Mutex.isHeld is true only for the owner that acquired the lock", () => {
  const words = new Int32Array(1);
  const [mine, yours] = [new Mutex(words, 0, 1), new Mutex(words, 0, 2)];
  mine.acquire();
  assertEquals([mine.isHeld, yours.isHeld, yours.tryAcquire()], [true, false, false]);
  mine.release();
  assertEquals([mine.isHeld, yours.tryAcquire(), yours.isHeld], [false, true, true]);
});

Deno.test("Mutex.release() throws and changes nothing when its owner does not hold it", () => {
  const words = new Int32Array(new SharedArrayBuffer(4));
  const [mine, yours] = [new Mutex(words, 0, 1), new Mutex(words, 0, 2)];
  assertThrows(() => mine.release(), InternalError);
  mine.acquire();
  assertThrows(() => yours.release(), InternalError);
  assertEquals(mine.isHeld, true);
});

Deno.test("Mutex.acquire() throws when its owner already holds the lock", () => {
  const mutex = new Mutex(new Int32Array(new SharedArrayBuffer(4)), 0, 1);
  mutex.acquire();
  assertThrows(() => mutex.acquire(), InternalError, "acquired twice");
});

Deno.test("Mutex throws when the owner id is not from 1 to 2 ** 30 - 1", () => {
  for (const owner of [0, -1, 2 ** 30]) {
    assertThrows(() => new Mutex(new Int32Array(1), 0, owner), InternalError, "Not an owner id");
  }
});
