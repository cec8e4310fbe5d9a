/** Backpressure: a worker that sends too fast waits for a turn of the main thread's event loop. */
import { assert, assertEquals } from "@std/assert";
import { Backpressure, MAX_QUEUED_WEIGHT } from "../../src/lane/backpressure.ts";
import { waitWhile } from "../../src/sync/wait.ts";
import { bounded } from "../support/bounded.ts";
import { TestThread } from "../support/threads.ts";
import type { Flood } from "./backpressure_worker.ts";

const WORKER = new URL("./backpressure_worker.ts", import.meta.url);
const COUNT = 5 * MAX_QUEUED_WEIGHT;
/** Index of the word that a sender waits on. */
const GATE = 1;

/** Takes as long for a message as reporters may. */
function simulateReporters(): void {
  const endMs = performance.now() + 0.05;
  while (performance.now() < endMs);
}

Deno.test("Backpressure lets a timer fire before a flood of messages is received", async () => {
  using backpressure = new Backpressure();
  using thread = new TestThread(WORKER);
  let received = 0;
  let receivedBefore: number | undefined;
  const all = new Promise<void>((resolve) => {
    thread.worker.onmessage = () => {
      if (received++ === 0) setTimeout(() => receivedBefore = received);
      simulateReporters();
      backpressure.received();
      if (received === COUNT) resolve();
    };
  });
  thread.worker.postMessage({ words: backpressure.words, count: COUNT } satisfies Flood);
  await bounded(all, "all messages");
  assert(
    receivedBefore !== undefined && receivedBefore < COUNT,
    `${receivedBefore} before the timer`,
  );
});

Deno.test("Backpressure blocks the sender of a long line until it is received", async () => {
  using backpressure = new Backpressure();
  using thread = new TestThread(WORKER);
  const text = "x".repeat(10_000_000);
  const line = {
    type: "output",
    task: null,
    channel: "stdout",
    level: "info",
    text,
    after: 0,
  } as const;
  const isHeldBack = new Promise<boolean>((resolve) => {
    thread.worker.onmessage = () =>
      resolve(waitWhile(backpressure.words, GATE, 0, { timeoutMs: 10_000 }));
  });
  thread.worker.postMessage({ words: backpressure.words, count: 1, line } satisfies Flood);
  assert(await bounded(isHeldBack, "the line"));
});

Deno.test("Backpressure.sent() does not block when the receiver is disposed", () => {
  const backpressure = new Backpressure();
  backpressure[Symbol.dispose]();
  const worker = new Backpressure(backpressure.words);
  for (let i = 0; i < COUNT; i++) worker.sent();
});

Deno.test("Backpressure.sent() does not block when messages are received in time", () => {
  using backpressure = new Backpressure();
  const worker = new Backpressure(backpressure.words);
  for (let i = 0; i < COUNT; i++) {
    worker.sent();
    backpressure.received();
  }
  assertEquals([...backpressure.words], [0, 0]);
});

Deno.test("Backpressure.received() opens the gate when a sender is about to wait", async () => {
  using backpressure = new Backpressure();
  const GATE = 1;
  backpressure.words.set([1, 1]); // one message is not received, and a sender is about to wait
  backpressure.received();
  for (let turns = 0; backpressure.words[GATE] !== 0; turns++) {
    assert(turns < 100, "the gate was not opened");
    await new Promise((resolve) => setTimeout(resolve));
  }
});
