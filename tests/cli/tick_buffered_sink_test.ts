import { assert, assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { TickBufferedSink } from "../../src/cli/system/tick_buffered_sink.ts";

/** A sink, and what has been written to its target call by call. */
function sink(fail?: (text: string) => boolean) {
  const writes: string[] = [];
  let closed = 0;
  const target = {
    write(text: string) {
      if (fail?.(text)) throw new Error("no space left");
      writes.push(text);
    },
    close: () => void closed++,
  };
  return { out: new TickBufferedSink(target, "the report"), writes, closed: () => closed };
}

Deno.test("TickBufferedSink writes the texts of one turn together when the turn ends", async () => {
  const { out, writes } = sink();
  out.write("a");
  out.write("b");
  assertEquals(writes, []);
  await Promise.resolve();
  assertEquals(writes, ["ab"]);
  out.write("c");
  await Promise.resolve();
  assertEquals(writes, ["ab", "c"]);
});

Deno.test("TickBufferedSink buffers at most 64 KiB within a turn", () => {
  const { out, writes } = sink();
  const line = `${"x".repeat(1023)}\n`;
  for (let i = 0; i < 200; i++) out.write(line);
  assertEquals(writes.map((it) => it.length), [64 * 1024, 64 * 1024, 64 * 1024]);
  out.close();
  assertEquals(writes.join(""), line.repeat(200));
});

Deno.test("TickBufferedSink.close() writes the rest, and closes the target once", () => {
  const { out, writes, closed } = sink();
  out.write("a");
  out.close();
  out.close();
  assertEquals([writes, closed()], [["a"], 1]);
});

Deno.test("TickBufferedSink throws from the next call when a deferred write failed", async () => {
  const message = "Cannot write the report: no space left";
  const { out, writes, closed } = sink((text) => text.startsWith("b"));
  out.write("a");
  await Promise.resolve();
  out.write("b");
  await Promise.resolve();
  assertThrows(() => out.write("c"), Error, message);
  assertThrows(() => out.close(), Error, message);
  assertEquals([writes, closed()], [["a"], 1]);
});

Deno.test("TickBufferedSink throws at once when write() or close() itself writes and fails", () => {
  const { out } = sink(() => true);
  assertThrows(() => out.write("x".repeat(70_000)), Error, "Cannot write the report");
  const last = sink(() => true);
  last.out.write("a");
  const error = assertThrows(() => last.out.close(), Error, "Cannot write the report");
  assert(error.cause instanceof Error);
});

Deno.test("TickBufferedSink throws the target's error as it is when the output has no name", () => {
  const error = new Error("no space left");
  const out = new TickBufferedSink({
    write() {
      throw error;
    },
    close() {},
  });
  out.write("a");
  out.flush();
  assertStrictEquals(assertThrows(() => out.write("b")), error);
  assertStrictEquals(assertThrows(() => out.close()), error);
});
