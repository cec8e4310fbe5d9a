import { assertEquals } from "@std/assert";
import { LineBuffer } from "../../src/thread/output/line_buffer.ts";

/** The lines emitted after writing these parts, and after the flush. */
function linesOf(...parts: (string | Uint8Array)[]): string[] {
  const lines: string[] = [];
  const buffer = new LineBuffer((line) => lines.push(line));
  const encoder = new TextEncoder();
  for (const part of parts) buffer.write(typeof part === "string" ? encoder.encode(part) : part);
  buffer.flush();
  return lines;
}

Deno.test("LineBuffer emits whole lines, however they are written", () => {
  assertEquals(linesOf("a", "b\nc", "\n\nd"), ["ab", "c", "", "d"]);
  assertEquals(linesOf(""), []);
  assertEquals(linesOf(new Uint8Array([0xe2, 0x82]), new Uint8Array([0xac, 0x0a])), ["€"]);
  assertEquals(linesOf(new Uint8Array([0x61, 0xe2])), ["a\ufffd"]);
});

Deno.test("LineBuffer drops text that a carriage return overwrites", () => {
  assertEquals(linesOf("10%\r", "20%\r", "done\n"), ["done"]);
  assertEquals(linesOf("\r10%", "\r20%"), ["20%"]);
  assertEquals(linesOf("10%\r20%\r"), ["20%"]);
  assertEquals(linesOf("a\r\nb\r", "\nc"), ["a", "b", "c"]);
});
