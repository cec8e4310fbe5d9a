/** A worker that says more than can be heard waits until the main thread's event loop has turned. */
import { assert, assertEquals } from "@std/assert";
import { Backpressure, MAX_QUEUED_WEIGHT } from "../../src/lane/backpressure.ts";
import { waitWhile } from "../../src/sync/wait.ts";
import { bounded } from "../support/bounded.ts";
import { TestThread } from "../support/threads.ts";
import type { Flood } from "./backpressure_worker.ts";

const WORKER = new URL("./backpressure_worker.ts", import.meta.url);
const COUNT = 5 * MAX_QUEUED_WEIGHT;
/** The word by which a worker waits. */
const GATE = 1;

/** Takes as long over each message as reporters may. */
function listen(): void {
  const endMs = performance.now() + 0.05;
  while (performance.now() < endMs);
}

Deno.test("a timer comes up before all is received that a worker says without end", async () => {
  using backlog = new Backpressure();
  using thread = new TestThread(WORKER);
  let received = 0;
  let receivedBefore: number | undefined;
  const all = new Promise<void>((resolve) => {
    thread.worker.onmessage = () => {
      if (received++ === 0) setTimeout(() => receivedBefore = received);
      listen();
      backlog.received();
      if (received === COUNT) resolve();
    };
  });
  thread.worker.postMessage({ words: backlog.words, count: COUNT } satisfies Flood);
  await bounded(all, "everything that was said");
  assert(receivedBefore !== undefined && receivedBefore < COUNT, `${receivedBefore} before it`);
});

Deno.test("a long line counts as many: who has said one waits until it is heard", async () => {
  using backlog = new Backpressure();
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
      resolve(waitWhile(backlog.words, GATE, 0, { timeoutMs: 10_000 }));
  });
  thread.worker.postMessage({ words: backlog.words, count: 1, line } satisfies Flood);
  assert(await bounded(isHeldBack, "the line"));
});

Deno.test("nobody waits for one who receives nothing any more", () => {
  const backlog = new Backpressure();
  backlog[Symbol.dispose]();
  const worker = new Backpressure(backlog.words);
  for (let i = 0; i < COUNT; i++) worker.sent();
});

Deno.test("who is heard in time never waits", () => {
  using backlog = new Backpressure();
  const worker = new Backpressure(backlog.words);
  for (let i = 0; i < COUNT; i++) {
    worker.sent();
    backlog.received();
  }
  assertEquals([...backlog.words], [0, 0]);
});

Deno.test("a gate that was opened stays open: who comes to it too late does not wait", async () => {
  using backlog = new Backpressure();
  const GATE = 1;
  backlog.words.set([1, 1]); // one message is not received, and somebody is about to wait
  backlog.received();
  for (let turns = 0; backlog.words[GATE] !== 0; turns++) {
    assert(turns < 100, "the gate was not opened");
    await new Promise((resolve) => setTimeout(resolve));
  }
});
