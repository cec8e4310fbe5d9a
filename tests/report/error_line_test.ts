import { assertEquals } from "@std/assert";
import { errorLine, firstLine, withErrorType } from "../../src/report/text/error_line.ts";
import { plainStyle } from "../../src/report/style.ts";

const { sanitize: foreign } = plainStyle;

Deno.test("typed: a type and a message, each said once and in one line", () => {
  const of = (type: string, message: string) => withErrorType({ type, message }, message);
  assertEquals(of("TypeError", "no"), "TypeError: no");
  assertEquals(of("Error", ""), "Error");
  assertEquals(of("undefined", "undefined"), "undefined");
  assertEquals(of("a\nb", "c"), "a\\nb: c");
});

Deno.test("errorLine, firstLine: the first line, cut, and without escape codes", () => {
  const error = { type: "Error", message: `\x1b[2Jno\n${"x".repeat(9)}` };
  assertEquals([errorLine(error, foreign), firstLine(error, foreign)], ["Error: no", "no"]);
  const long = { type: "Error", message: "x".repeat(1_000) };
  assertEquals(firstLine(long, foreign), `${"x".repeat(300)}…`);
});
