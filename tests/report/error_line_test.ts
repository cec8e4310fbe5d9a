import { assertEquals } from "@std/assert";
import { errorLine, firstLine, typed } from "../../src/report/error_line.ts";
import { TraceReporter } from "../../src/report/trace.ts";
import { plainStyle } from "../../src/report/style.ts";
import { sampleEvents } from "../support/sample_run.ts";

const { foreign } = plainStyle;

Deno.test("typed: a type and a message, each said once and in one line", () => {
  const of = (type: string, message: string) => typed({ type, message }, message);
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

Deno.test("TraceReporter: what is thrown is named once", () => {
  let text = "";
  const reporter = new TraceReporter({ write: (more) => void (text += more), close: () => {} });
  for (const event of sampleEvents()) {
    if (event.type !== "stray-error") reporter.report(event);
    else reporter.report({ ...event, error: { type: "undefined", message: "undefined" } });
  }
  assertEquals(text.match(/"error":"undefined[^"]*"/g), ['"error":"undefined"']);
});
