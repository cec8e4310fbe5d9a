/** Turns of the event loop: what has happened meanwhile is seen in them. */
import { assertEquals } from "@std/assert";
import { EventLoop, rejectionsSeen } from "../../src/pool/event_loop.ts";

/** Deno hands over so many messages in a row before it looks at anything else. */
const MANY = 128;

Deno.test("EventLoop: what was left to reject is seen in two turns, however many came before", async () => {
  using eventLoop = new EventLoop();
  let seen = 0;
  const onRejection = (event: PromiseRejectionEvent) => {
    event.preventDefault();
    seen++;
  };
  addEventListener("unhandledrejection", onRejection);
  try {
    for (let i = 1; i <= MANY; i++) {
      Promise.reject(new Error("left"));
      await rejectionsSeen(() => eventLoop.turn());
      assertEquals(seen, i);
    }
  } finally {
    removeEventListener("unhandledrejection", onRejection);
  }
});

Deno.test("EventLoop: a timer whose time has come fires in two turns, however many came before", async () => {
  using eventLoop = new EventLoop();
  for (let i = 0; i < MANY; i++) await eventLoop.turn();
  for (let i = 0; i < 20; i++) {
    let fired = false;
    setTimeout(() => fired = true, 0);
    for (const startMs = performance.now(); performance.now() - startMs < 2;); // until its time has come
    for (let turns = 0; turns < 2; turns++) await eventLoop.turn();
    assertEquals(fired, true);
  }
});
