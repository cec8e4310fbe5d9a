/** Tests of the message for an unsupported runtime. */
import { assertEquals } from "@std/assert";
import { unsupportedDenoMessage } from "../../src/runtime/unsupported_deno_message.ts";

Deno.test("unsupportedDenoMessage() names the required version and the current one", () => {
  assertEquals(
    unsupportedDenoMessage("2.4.1"),
    `thread-order needs Deno 2.9 or later, and this is 2.4.1: run "deno upgrade"`,
  );
});

Deno.test("unsupportedDenoMessage() compares versions as numbers, without their suffixes", () => {
  const isRefused = (version: string) => unsupportedDenoMessage(version) !== undefined;
  const old = ["1.46.3", "2.0.0", "2.8.9", "2.8.3+1a2b3c4"];
  const recent = ["2.9.0", "2.10.0", "2.9.6+1a2b3c4", "2.9.0-rc.1", "3.0.0"];
  assertEquals([...old, ...recent].filter(isRefused), old);
  assertEquals(unsupportedDenoMessage(), undefined, "this one");
});

Deno.test("unsupportedDenoMessage() returns a message when the runtime is not Deno", () => {
  const own = Object.getOwnPropertyDescriptor(globalThis, "Deno")!;
  delete (globalThis as { Deno?: unknown }).Deno;
  let message: string | undefined;
  try {
    message = unsupportedDenoMessage();
  } finally {
    Object.defineProperty(globalThis, "Deno", own);
  }
  assertEquals(message, "thread-order needs Deno 2.9 or later, and this is not Deno");
});
