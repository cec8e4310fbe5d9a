/** Turns of the event loop, with any number of waiters. */
import { assertEquals } from "@std/assert";
import { EventLoop, rejectionsSeen } from "../../src/thread/event_loop.ts";

Deno.test("EventLoop.turn() reports leaked rejections after two turns", async () => {
  using eventLoop = new EventLoop();
  const seen: unknown[] = [];
  const see = (event: PromiseRejectionEvent) => {
    event.preventDefault();
    seen.push(event.reason);
  };
  globalThis.addEventListener("unhandledrejection", see);
  try {
    for (let i = 0; i < 5; i++) {
      Promise.reject(i);
      await rejectionsSeen(() => eventLoop.turn());
      assertEquals(seen.length, i + 1);
    }
  } finally {
    globalThis.removeEventListener("unhandledrejection", see);
  }
  assertEquals(seen, [0, 1, 2, 3, 4]);
});

Deno.test("EventLoop.turn() fires a due timer within two turns", async () => {
  using eventLoop = new EventLoop();
  for (let i = 0; i < 128; i++) await eventLoop.turn();
  for (let i = 0; i < 20; i++) {
    let fired = false;
    setTimeout(() => fired = true, 0);
    for (const startMs = performance.now(); performance.now() - startMs < 2;); // until it is due
    for (let turns = 0; turns < 2; turns++) await eventLoop.turn();
    assertEquals(fired, true);
  }
});

Deno.test("EventLoop.turn() resolves waiters in order", async () => {
  using eventLoop = new EventLoop();
  const served: number[] = [];
  await Promise.all([0, 1, 2, 3, 4].map((i) => eventLoop.turn().then(() => served.push(i))));
  assertEquals(served, [0, 1, 2, 3, 4]);
});
