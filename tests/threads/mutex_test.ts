/** One owner at a time. */
import { assertEquals, assertThrows } from "@std/assert";
import { InternalError } from "../../src/base/assert.ts";
import { Mutex } from "../../src/sync/mutex.ts";
import { waitAsyncWhile } from "../../src/sync/wait.ts";
import { bounded } from "../support/bounded.ts";
import { sharedWords, TestThread } from "../support/threads.ts";
import type { SyncOrder } from "./sync_worker.ts";

const WORKER = new URL("./sync_worker.ts", import.meta.url);

Deno.test("Mutex: of 4 threads that increment 100,000 times each, no increment is lost", async () => {
  const [threads, times] = [4, 100_000];
  const words = sharedWords(2);
  using stack = new DisposableStack();
  const workers = Array.from({ length: threads }, () => stack.use(new TestThread(WORKER)));
  await Promise.all(workers.map((worker, i) => {
    const order: SyncOrder = { do: "increment", words, owner: i + 1, times };
    return worker.ask(order);
  }));
  assertEquals([...words], [0, threads * times]);
});

Deno.test("Mutex: who has waited for long says so, and sleeps until the release", async () => {
  const words = sharedWords(2);
  const mutex = new Mutex(words, 0, 1);
  mutex.acquire();
  using thread = new TestThread(WORKER);
  const done = thread.ask({ do: "increment", words, owner: 2, times: 1 } satisfies SyncOrder);
  const contended = async () => {
    while (words[0] === 1) await new Promise((resolve) => setTimeout(resolve, 1));
  };
  await bounded(contended(), "the thread to be about to sleep", 5000);
  assertEquals([...words], [1 | (1 << 30), 0]);
  mutex.release();
  await bounded(done, "the thread to have had the lock", 5000);
  assertEquals([...words], [0, 1]);
});

Deno.test("Mutex: a release wakes who may sleep on the lock", async () => {
  const words = sharedWords(1);
  const contended = 1 | (1 << 30); // as a waiter leaves it before it sleeps
  words[0] = contended;
  const woken = waitAsyncWhile(words, 0, contended);
  new Mutex(words, 0, 1).release();
  await bounded(woken, "the sleeper to be woken", 5000);
  assertEquals(words[0], 0);
});

Deno.test("Mutex: is held by who acquired it, and by nobody else", () => {
  const words = new Int32Array(1);
  const [mine, yours] = [new Mutex(words, 0, 1), new Mutex(words, 0, 2)];
  mine.acquire();
  assertEquals([mine.isHeld, yours.isHeld, yours.tryAcquire()], [true, false, false]);
  mine.release();
  assertEquals([mine.isHeld, yours.tryAcquire(), yours.isHeld], [false, true, true]);
});

Deno.test("Mutex: a release by who does not hold it is refused, and changes nothing", () => {
  const words = new Int32Array(new SharedArrayBuffer(4));
  const [mine, yours] = [new Mutex(words, 0, 1), new Mutex(words, 0, 2)];
  assertThrows(() => mine.release(), InternalError);
  mine.acquire();
  assertThrows(() => yours.release(), InternalError);
  assertEquals(mine.isHeld, true);
});

Deno.test("Mutex: acquiring it twice is refused rather than waited for", () => {
  const mutex = new Mutex(new Int32Array(new SharedArrayBuffer(4)), 0, 1);
  mutex.acquire();
  assertThrows(() => mutex.acquire(), InternalError, "acquired twice");
});

Deno.test("Mutex: an owner id it could not tell from its own marks is refused", () => {
  for (const owner of [0, -1, 2 ** 30]) {
    assertThrows(() => new Mutex(new Int32Array(1), 0, owner), InternalError, "Not an owner id");
  }
});
