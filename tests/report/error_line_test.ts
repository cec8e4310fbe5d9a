import { assertEquals } from "@std/assert";
import {
  errorLine,
  errorLines,
  firstLine,
  withErrorType,
} from "../../src/report/text/error_line.ts";
import { plainStyle } from "../../src/report/style.ts";

const { sanitize: foreign } = plainStyle;

Deno.test("withErrorType() puts the type before the message, once and on one line", () => {
  const typed = (type: string, message: string) => withErrorType({ type, message }, message);
  assertEquals(typed("TypeError", "no"), "TypeError: no");
  assertEquals(typed("Error", ""), "Error");
  assertEquals(typed("undefined", "undefined"), "undefined");
  assertEquals(typed("a\nb", "c"), "a\\nb: c");
});

Deno.test("errorLines() returns the first lines with text, and the number of the others", () => {
  const linesOf = (message: string) => errorLines({ type: "Error", message }, foreign, 3);
  assertEquals(linesOf("no"), ["Error: no"]);
  assertEquals(linesOf("no\n\n  at all \n\n1"), ["Error: no", "  at all", "1"]);
  assertEquals(linesOf("no\n1\n2\n3\n4"), ["Error: no", "1", "2", "… and 2 more lines"]);
});

Deno.test("errorLines() prefers the changed lines of a diff to its context", () => {
  const message =
    "Values are not equal.\n\n    {\n      a: 1,\n\x1b[31m-   b: 2,\x1b[39m\n+   b: 3,\n    }";
  assertEquals(errorLines({ type: "AssertionError", message }, foreign, 5), [
    "AssertionError: Values are not equal.",
    "-   b: 2,",
    "+   b: 3,",
    "… and 3 more lines",
  ]);
});

Deno.test("errorLine() and firstLine() return a short first line without escape codes", () => {
  const error = { type: "Error", message: `\x1b[2Jno\n${"x".repeat(9)}` };
  assertEquals([errorLine(error, foreign), firstLine(error, foreign)], ["Error: no", "no"]);
  const long = { type: "Error", message: "x".repeat(1_000) };
  assertEquals(firstLine(long, foreign), `${"x".repeat(300)}…`);
});
