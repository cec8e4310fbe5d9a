/** Tests of the lines and the sentinels in the output of a process. */
import { assertEquals } from "@std/assert";
import { OutputLines } from "../../src/process/output_lines.ts";
import { bounded } from "../support/bounded.ts";

const MARK = "\u001emark";

/** A stream that is written by hand. */
function rig() {
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
  const writer = writable.getWriter();
  const lines: string[] = [];
  const printed = new OutputLines(readable, MARK, (line) => void lines.push(line));
  return {
    printed,
    lines,
    write: (text: string) => writer.write(new TextEncoder().encode(text)),
    end: () => writer.close(),
    marked: () => bounded(printed.nextSentinel(), "a mark", 5_000),
  };
}

Deno.test("OutputLines.nextSentinel() resolves when all lines before are delivered", async () => {
  const { printed, lines, write, end, marked } = rig();
  const first = marked(); // waited for before it comes
  await write(`one\ntw`);
  await write(`o${MARK}\nthree\n${MARK}\nfour`);
  await first;
  assertEquals(lines.slice(0, 2), ["one", "two"]);
  await marked(); // or after
  assertEquals(lines, ["one", "two", "three"]);
  await end();
  await printed.ended;
  assertEquals(lines, ["one", "two", "three", "four"]);
  assertEquals(printed.tail, "one\ntwothree\nfour");
});

Deno.test("OutputLines.nextSentinel() resolves at a sentinel that comes alone", async () => {
  const { printed, lines, write, end, marked } = rig();
  await write("one\ntwo");
  for (let task = 0; task < 3; task++) {
    await write(`${MARK}\n`);
    await marked();
  }
  assertEquals(lines, ["one", "two"]); // it ends a line without a break
  await write("three");
  await end();
  await printed.ended;
  assertEquals([lines, printed.tail], [["one", "two", "three"], "one\ntwothree"]);
});

Deno.test("OutputLines.nextSentinel() resolves when the stream ends or has ended", async () => {
  const { printed, lines, write, end, marked } = rig();
  const waits = marked();
  await write("last words");
  await end();
  await waits;
  await printed.ended;
  await marked();
  assertEquals(lines, ["last words"]);
});
