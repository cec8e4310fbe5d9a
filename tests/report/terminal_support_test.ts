import { assertEquals } from "@std/assert";
import {
  supportsColor,
  supportsLiveOutput,
  supportsUnicode,
} from "../../src/report/terminal_support.ts";

/** On a terminal and in a pipe, with these variables. */
function colors(variables: Record<string, string>, { noColor = false } = {}): [boolean, boolean] {
  const env = (name: string) => variables[name];
  const on = (isTerminal: boolean) => supportsColor({ isTerminal, noColor, env });
  return [on(true), on(false)];
}

Deno.test("supportsColor() returns true for a terminal and false for a pipe", () => {
  assertEquals(colors({}), [true, false]);
  assertEquals(colors({ TERM: "xterm-256color", CI: "true" }), [true, false]);
});

Deno.test("supportsColor() returns false when NO_COLOR is set or TERM is dumb", () => {
  assertEquals(colors({}, { noColor: true }), [false, false]);
  assertEquals(colors({ TERM: "dumb" }), [false, false]);
});

Deno.test("supportsColor() returns true when FORCE_COLOR is set, whatever else is set", () => {
  assertEquals(colors({ FORCE_COLOR: "1" }), [true, true]);
  assertEquals(colors({ FORCE_COLOR: "1" }, { noColor: true }), [true, true]);
  assertEquals(colors({ FORCE_COLOR: "3", TERM: "dumb" }), [true, true]);
  assertEquals(colors({ FORCE_COLOR: "" }), [true, false]);
});

Deno.test("supportsColor() returns false when FORCE_COLOR is 0 or false", () => {
  assertEquals(colors({ FORCE_COLOR: "0" }), [false, false]);
  assertEquals(colors({ FORCE_COLOR: "false" }), [false, false]);
});

Deno.test("supportsLiveOutput() returns true for a terminal that is neither dumb nor in CI", () => {
  const canDraw = (variables: Record<string, string>, isTerminal = true) =>
    supportsLiveOutput({ isTerminal, env: (name) => variables[name] });
  assertEquals(canDraw({}), true);
  assertEquals(canDraw({ TERM: "xterm", CI: "" }), true);
  assertEquals(canDraw({ CI: "false" }), true);
  assertEquals(canDraw({ CI: "0" }), true);
  assertEquals(canDraw({ CI: "true" }), false);
  assertEquals(canDraw({ CI: "1" }), false);
  assertEquals(canDraw({ TERM: "dumb" }), false);
  assertEquals(canDraw({ FORCE_COLOR: "1", NO_COLOR: "1" }), true);
  assertEquals(canDraw({}, false), false);
});

Deno.test("supportsUnicode() returns false when the locale names another encoding", () => {
  const has = (variables: Record<string, string>) => supportsUnicode((name) => variables[name]);
  assertEquals(has({}), true);
  assertEquals(has({ LANG: "en_US.UTF-8" }), true);
  assertEquals(has({ LANG: "C.utf8" }), true);
  assertEquals(has({ LANG: "C" }), false);
  assertEquals(has({ LANG: "de_DE.ISO-8859-1" }), false);
  assertEquals(has({ LANG: "en_US.UTF-8", LC_ALL: "POSIX" }), false);
  assertEquals(has({ LANG: "C", LC_CTYPE: "en_US.UTF-8" }), true);
});
