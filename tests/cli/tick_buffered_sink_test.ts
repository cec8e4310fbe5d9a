import { assert, assertEquals, assertThrows } from "@std/assert";
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

Deno.test("TickBufferedSink: what is written in one turn goes out at once, when the turn ends", async () => {
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

Deno.test("TickBufferedSink: a long turn holds back 64 KiB at most", () => {
  const { out, writes } = sink();
  const line = `${"x".repeat(1023)}\n`;
  for (let i = 0; i < 200; i++) out.write(line);
  assertEquals(writes.map((it) => it.length), [64 * 1024, 64 * 1024, 64 * 1024]);
  out.close();
  assertEquals(writes.join(""), line.repeat(200));
});

Deno.test("TickBufferedSink.close() writes the rest, once", () => {
  const { out, writes, closed } = sink();
  out.write("a");
  out.close();
  out.close();
  assertEquals([writes, closed()], [["a"], 1]);
});

Deno.test("TickBufferedSink: a write that failed between turns is told by the next call", async () => {
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

Deno.test("TickBufferedSink: a write that fails within a turn, or at the end, is told at once", () => {
  const { out } = sink(() => true);
  assertThrows(() => out.write("x".repeat(70_000)), Error, "Cannot write the report");
  const last = sink(() => true);
  last.out.write("a");
  const error = assertThrows(() => last.out.close(), Error, "Cannot write the report");
  assert(error.cause instanceof Error);
});
