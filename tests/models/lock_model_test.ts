/**
 * Every order in which the atomic steps of two and three threads can take place, in the code of the
 * user's lock and of the internal one, as it stands. See interleave.ts.
 *
 * Explored (orders of steps; states): the lock, 2 threads x 2 sections, all 856,431,420 (100,416);
 * 3 threads x 1, all 109,933,772,592 (597,414, not in the test: 5 s), in the test those with up to
 * 3 preemptions, 10,218, and 48,396 when all take tickets; a fence against another thread, all
 * 1,372,676,694 (77,739); the internal lock, 2 x 2, all 22,657,394 (14,188), and 3 x 1, all
 * 3,447,243,576 (94,637). It found that a fence could report the lock as abandoned although
 * the thread had released it.
 */
import { Counterexample, explore } from "./explore.ts"; // before the code
import { assert, assertEquals, assertThrows } from "@std/assert";
import { compareExchange, fetchAdd, load } from "../../src/sync/atomics.ts";
import * as layout from "../../src/state/log/log_layout.ts";
import type { Model } from "./interleave.ts";

type LockModule = typeof import("../../src/state/lock/thread_lock.ts");
type MutexModule = typeof import("../../src/sync/mutex.ts");

const [INSIDE, NOTIFIED] = [60, 61];
const SLOTS = 4;

/** The code, with a bug put in. */
async function code<T>(path: string, plant?: readonly [from: string, to: string]): Promise<T> {
  const url = new URL(path, import.meta.url);
  if (plant === undefined) return await import(url.href);
  const text = await Deno.readTextFile(url);
  assert(text.includes(plant[0]), `the code to spoil is no longer there: ${plant[0]}`);
  const spoilt = text.replace(plant[0], plant[1])
    .replace(/from "(\.[^"]+)"/g, (_, name) => `from "${new URL(name, url).href}"`);
  return await import(`data:application/typescript,${encodeURIComponent(spoilt)}`);
}

/** The header of a state in which threads 0 … 3 live, as owners 1 … 4. */
function header(): Uint8Array {
  const words = new Int32Array(layout.headerBytes(SLOTS) / 4);
  words[layout.SLOT_COUNT] = SLOTS;
  for (let slot = 0; slot < SLOTS; slot++) {
    words[layout.slotIndex(slot) + layout.SLOT_OWNER] = slot + 1;
  }
  return new Uint8Array(words.buffer);
}

/** What a thread does while it holds the lock. */
function section(words: Int32Array): void {
  if (fetchAdd(words, INSIDE, 1) !== 0) throw new Error("Two threads are inside");
  fetchAdd(words, INSIDE, -1);
}

function contender({ ThreadLock }: LockModule, thread: number, sections: number) {
  return (memory: SharedArrayBuffer) => {
    const words = new Int32Array(memory);
    const lock = new ThreadLock(words, thread, thread + 1, () => {
      if (load(words, layout.slotIndex(thread) + layout.SLOT_OWNER) !== thread + 1) {
        throw new Error("Fenced");
      }
    });
    for (let n = 0; n < sections; n++) {
      lock.acquire();
      section(words);
      if (lock.takeAbandoned() !== undefined) fetchAdd(words, NOTIFIED, 1);
      lock.release();
    }
  };
}

function checkFree(words: Int32Array, outcomes: readonly unknown[]): void {
  for (const outcome of outcomes) if (outcome instanceof Error) throw outcome;
  const tickets = Array.from(
    { length: SLOTS },
    (_, slot) => words[layout.slotIndex(slot) + layout.SLOT_TICKET],
  );
  assertEquals(
    [words[layout.USER_LOCK], words[layout.STARVING], ...tickets],
    Array(2 + SLOTS).fill(0),
  );
}

function lockModel(lock: LockModule, sections: readonly number[], impatient: number[] = []): Model {
  const threads = sections.map((count, thread) => contender(lock, thread, count));
  return { memory: header(), threads, impatient, check: checkFree, fetches: () => false };
}

/** Thread 0 declares thread 1 dead, which takes the lock, holds it or waits for it; others want it too. */
function fenceModel(lock: LockModule, others: number, impatient: number[] = []): Model {
  const zombie = (memory: SharedArrayBuffer) => {
    const words = new Int32Array(memory);
    const word = new lock.ThreadLock(words, 1, 2, () => {
      if (load(words, layout.slotIndex(1) + layout.SLOT_OWNER) !== 2) throw new Error("Fenced");
    });
    word.acquire();
    word.release();
  };
  const fence = (memory: SharedArrayBuffer) => {
    const words = new Int32Array(memory);
    compareExchange(words, layout.slotIndex(1) + layout.SLOT_OWNER, 2, 0);
    return lock.forceRelease(words, 1, 2, "z");
  };
  const rest = Array.from({ length: others }, (_, n) => contender(lock, n + 2, 1));
  return {
    memory: header(),
    threads: [fence, zombie, ...rest],
    impatient,
    fetches: () => false,
    timeouts: [1],
    check: (words, [held, ended, ...outcomes]) => {
      assert(ended === undefined || (ended as Error).message === "Fenced", String(ended));
      checkFree(words, outcomes);
      const notified = words[NOTIFIED]! + words[layout.ABANDONED]!;
      assertEquals(notified, held === true ? 1 : 0, "the next owner is notified, once");
    },
  };
}

function mutexModel({ Mutex }: MutexModule, sections: readonly number[]): Model {
  const threads = sections.map((count, thread) => (memory: SharedArrayBuffer) => {
    const words = new Int32Array(memory);
    const mutex = new Mutex(words, layout.MUTEX, thread + 1);
    for (let n = 0; n < count; n++) {
      mutex.acquire();
      section(words);
      mutex.release();
    }
  });
  const check = (words: Int32Array, outcomes: readonly unknown[]) => {
    checkFree(words, outcomes);
    assertEquals(words[layout.MUTEX], 0);
  };
  return { memory: header(), threads, check, fetches: () => false };
}

const LOCK = "../../src/state/lock/thread_lock.ts";
const MUTEX = "../../src/sync/mutex.ts";
const CORRECT: Record<string, (lock: LockModule, mutex: MutexModule) => [Model, least: number]> = {
  "ThreadLock admits one thread at a time: 2 threads, 2 sections each, all orders": (
    lock,
  ) => [lockModel(lock, [2, 2]), 100_000],
  "ThreadLock admits one thread at a time: 2 queued threads, up to 4 preemptions": (lock) => [
    { ...lockModel(lock, [2, 2], [0, 1]), preemptions: 4 },
    10_000,
  ],
  "ThreadLock admits one thread at a time: 3 threads, up to 3 preemptions": (lock) => [
    { ...lockModel(lock, [1, 1, 1]), preemptions: 3 },
    10_000,
  ],
  "ThreadLock admits one thread at a time: 3 queued threads, up to 3 preemptions": (lock) => [
    { ...lockModel(lock, [1, 1, 1], [0, 1, 2]), preemptions: 3 },
    40_000,
  ],
  "forceRelease() frees the lock of a fenced thread for 1 other, all orders": (
    lock,
  ) => [fenceModel(lock, 1), 100_000],
  "forceRelease() frees the lock for 1 queued thread, up to 4 preemptions": (lock) => [
    { ...fenceModel(lock, 1, [1, 2]), preemptions: 4 },
    10_000,
  ],
  "forceRelease() frees the lock for 2 queued threads, up to 2 preemptions": (lock) => [
    { ...fenceModel(lock, 2, [1, 2]), preemptions: 2 },
    10_000,
  ],
  "Mutex admits one thread at a time: 2 threads, 2 sections each, all orders": (_, mutex) => [
    mutexModel(mutex, [2, 2]),
    100_000,
  ],
  "Mutex admits one thread at a time: 3 threads, all orders": (
    _,
    mutex,
  ) => [mutexModel(mutex, [1, 1, 1]), 100_000],
};

for (const [name, make] of Object.entries(CORRECT)) {
  Deno.test(name, async () => {
    const [model, least] = make(await code<LockModule>(LOCK), await code<MutexModule>(MUTEX));
    const { schedules, ends } = explore(model);
    assert(schedules >= least && ends > 100, `only ${schedules} orders with ${ends} ends`);
  });
}

/** Bugs, the model that finds each, and what it finds. */
const SPOILT: Record<
  string,
  [model: string, finds: string, path: string, from: string, to: string]
> = {
  "the lock is released by a store, not by compare-and-swap": [
    "ThreadLock admits one thread at a time: 2 threads, 2 sections each, all orders",
    "sleep for ever",
    LOCK,
    "if (!compareExchange(words, USER_LOCK, seen, next)) continue;",
    "store(words, USER_LOCK, next);",
  ],
  "a waiter sleeps without a last check of the lock": [
    "ThreadLock admits one thread at a time: 2 threads, 2 sections each, all orders",
    "sleep for ever",
    LOCK,
    "if (seen === marked || compareExchange(words, USER_LOCK, seen, marked)) return marked;",
    "store(words, USER_LOCK, marked); return marked;",
  ],
  "a waiter does not mark the lock as contended": [
    "ThreadLock admits one thread at a time: 2 threads, 2 sections each, all orders",
    "sleep for ever",
    LOCK,
    "if (seen === marked || compareExchange(words, USER_LOCK, seen, marked)) return marked;",
    "return seen;",
  ],
  "the lock is handed to a thread that is being fenced": [
    "forceRelease() frees the lock for 1 queued thread, up to 4 preemptions",
    "Values are not equal",
    LOCK,
    "if (load(words, successor.slot + SLOT_OWNER) !== successor.owner) {",
    "if (false) {",
  ],
  "a fence does not check the holder of the lock again": [
    "forceRelease() frees the lock of a fenced thread for 1 other, all orders",
    "sleep for ever",
    LOCK,
    "if (compareExchange(words, USER_LOCK, seen, RESCUER | (seen & CONTENDED))) break;",
    "store(words, USER_LOCK, RESCUER | (seen & CONTENDED)); break;",
  ],
  "a woken thread takes the mutex without marking it as contended": [
    "Mutex admits one thread at a time: 3 threads, all orders",
    "sleep for ever",
    MUTEX,
    "if (compareExchange(this.#words, this.#index, 0, contended)) return;",
    "if (compareExchange(this.#words, this.#index, 0, this.#owner)) return;",
  ],
  "a waiter does not mark the mutex as contended": [
    "Mutex admits one thread at a time: 2 threads, 2 sections each, all orders",
    "No end after",
    MUTEX,
    "if (seen !== marked && !compareExchange(this.#words, this.#index, seen, marked)) continue;",
    "",
  ],
};

for (const [bug, [name, finds, path, ...plant]] of Object.entries(SPOILT)) {
  Deno.test(`explore() finds an error when ${bug}`, async () => {
    const lock = await code<LockModule>(LOCK, path === LOCK ? plant : undefined);
    const mutex = await code<MutexModule>(MUTEX, path === MUTEX ? plant : undefined);
    assertThrows(() => explore(CORRECT[name]!(lock, mutex)[0]), Counterexample, finds);
  });
}
