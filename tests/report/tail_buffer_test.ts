import { assert, assertEquals } from "@std/assert";
import { TailBuffer } from "../../src/report/text/tail_buffer.ts";

Deno.test("TailBuffer keeps all lines of a text that fits", () => {
  const kept = new TailBuffer(100);
  for (const line of ["a", "", "b"]) kept.add(line);
  assertEquals(kept.lines(), ["a", "", "b"]);
  assertEquals(kept.size, 5);
});

Deno.test("TailBuffer keeps at least half its limit, and the number of dropped lines", () => {
  const kept = new TailBuffer(100);
  for (let i = 0; i < 1000; i++) {
    kept.add(`line ${i}`);
    assert(kept.size < 120, `${kept.size}`);
    if (i > 20) assert(kept.size >= 50, `${kept.size}`);
  }
  const [first, ...lines] = kept.lines();
  assertEquals(first, `… ${1000 - lines.length} lines before these …`);
  assertEquals(
    lines,
    Array.from({ length: lines.length }, (_, i) => `line ${1000 - lines.length + i}`),
  );
});

Deno.test("TailBuffer shortens a line that is longer than its limit", () => {
  const kept = new TailBuffer(100);
  kept.add("x".repeat(10_000));
  assertEquals(kept.lines(), [`${"x".repeat(50)}…`]);
});
