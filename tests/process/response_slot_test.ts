/** The memory of the response that a thread blocks for. */
import { assertEquals, assertThrows } from "@std/assert";
import { ResponseSlot } from "../../src/process/response_slot.ts";

/** Both sides of a slot. */
function sides(): { main: ResponseSlot; thread: ResponseSlot } {
  const main = new ResponseSlot();
  return { main, thread: new ResponseSlot(main.words) };
}

Deno.test("ResponseSlot passes responses and errors", () => {
  const { main, thread } = sides();
  main.respond({ id: 1, response: { end: 5 } });
  assertEquals(thread.wait(1, () => {}), { id: 1, response: { end: 5 } });
  main.respond({ id: 2, error: { type: "StateFullError", message: "völlig voll" } });
  assertEquals(thread.wait(2, () => {}), {
    id: 2,
    error: { type: "StateFullError", message: "völlig voll" },
  });
});

Deno.test("ResponseSlot.wait() skips earlier responses", () => {
  const { main, thread } = sides();
  main.respond({ id: 1, response: { isAborted: true } });
  let checks = 0;
  const response = thread.wait(2, () => {
    if (++checks === 2) main.respond({ id: 2, response: { isAborted: false } });
  });
  assertEquals([response, checks], [{ id: 2, response: { isAborted: false } }, 2]);
});

Deno.test("ResponseSlot.respond() cuts an error message that does not fit", () => {
  const { main, thread } = sides();
  main.respond({ id: 1, error: { type: "Error", message: "\u0001".repeat(100_000) } });
  const response = thread.wait(1, () => {});
  assertEquals("error" in response && response.error.message, "\u0001".repeat(10_000));
});

Deno.test("ResponseSlot.close() ends waits by their check", () => {
  const { main, thread } = sides();
  main.close();
  assertEquals(thread.isClosed, true);
  const check = () => {
    if (thread.isClosed) throw new Error("abandoned");
  };
  assertThrows(() => thread.wait(1, check), Error, "abandoned");
});
