/** Tests of wrapping for a terminal. */
import { assertEquals } from "@std/assert";
import { colorStyle } from "../../src/report/style.ts";
import { hangingIndent, wrapLine } from "../../src/report/wrap_line.ts";

const rows = (line: string, columns: number, indent?: number) =>
  wrapLine(line, columns, indent).split("\n");

Deno.test("wrapLine() returns a line as it is when it fits, with all of its spaces", () => {
  for (const line of ["", "   ", "  a   b  ", "x".repeat(20)]) {
    assertEquals(wrapLine(line, 20), line);
  }
});

Deno.test("wrapLine() breaks a line at spaces and indents the other rows", () => {
  assertEquals(rows("  load: the service did not answer", 20), [
    "  load: the service",
    "    did not answer",
  ]);
  assertEquals(rows("Error: the service did not answer", 20, 7), [
    "Error: the service",
    "       did not",
    "       answer",
  ]);
});

Deno.test("wrapLine() fills each row up to the last column", () => {
  for (let columns = 12; columns < 60; columns++) {
    const words = "a bc def ghij klm no p ".repeat(5).trim();
    const wrapped = rows(`  ${words}`, columns);
    assertEquals(wrapped.map((row) => row.trim()).join(" "), words);
    for (const [i, row] of wrapped.entries()) {
      assertEquals(row.length <= columns, true, row);
      const next = wrapped[i + 1]?.trim().split(" ")[0];
      if (next !== undefined) assertEquals(`${row} ${next}`.length > columns, true, row);
    }
  }
});

Deno.test("wrapLine() leaves a word that is wider than a row in one piece", () => {
  const path = `file:///${"folder/".repeat(5)}a.ts`;
  assertEquals(rows(`at ${path} of the file`, 20), ["at", `  ${path} of the`, "  file"]);
});

Deno.test("wrapLine() measures columns when there are colors and wide characters", () => {
  const { bad, dim } = colorStyle();
  const line = `  ${bad("load")}: ${dim("翻訳")} を 確認`;
  assertEquals(rows(line, 15), [`  ${bad("load")}: ${dim("翻訳")} を`, "    確認"]);
  assertEquals(rows(line, 20), [line]);
});

Deno.test("hangingIndent() aligns with the text of a numbered row", () => {
  assertEquals(hangingIndent("  12  fetch, build"), 6);
  assertEquals(hangingIndent("  12 since fetch failed"), 4);
  assertEquals(hangingIndent("fetch"), 2);
});
