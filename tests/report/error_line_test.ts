import { assertEquals } from "@std/assert";
import { errorLine, firstLine, withErrorType } from "../../src/report/text/error_line.ts";
import { plainStyle } from "../../src/report/style.ts";

const { sanitize: foreign } = plainStyle;

Deno.test("withErrorType() puts the type before the message, once and on one line", () => {
  const typed = (type: string, message: string) => withErrorType({ type, message }, message);
  assertEquals(typed("TypeError", "no"), "TypeError: no");
  assertEquals(typed("Error", ""), "Error");
  assertEquals(typed("undefined", "undefined"), "undefined");
  assertEquals(typed("a\nb", "c"), "a\\nb: c");
});

Deno.test("errorLine() and firstLine() return a short first line without escape codes", () => {
  const error = { type: "Error", message: `\x1b[2Jno\n${"x".repeat(9)}` };
  assertEquals([errorLine(error, foreign), firstLine(error, foreign)], ["Error: no", "no"]);
  const long = { type: "Error", message: "x".repeat(1_000) };
  assertEquals(firstLine(long, foreign), `${"x".repeat(300)}…`);
});
