import { assertEquals } from "@std/assert";
import { supportsColor, supportsLiveOutput } from "../../src/report/terminal_support.ts";

/** On a terminal and in a pipe, with these variables. */
function colors(variables: Record<string, string>, { noColor = false } = {}): [boolean, boolean] {
  const env = (name: string) => variables[name];
  const on = (isTerminal: boolean) => supportsColor({ isTerminal, noColor, env });
  return [on(true), on(false)];
}

Deno.test("supportsColor: a terminal has colours, a pipe has none", () => {
  assertEquals(colors({}), [true, false]);
  assertEquals(colors({ TERM: "xterm-256color", CI: "true" }), [true, false]);
});

Deno.test("supportsColor: NO_COLOR and TERM=dumb turn them off", () => {
  assertEquals(colors({}, { noColor: true }), [false, false]);
  assertEquals(colors({ TERM: "dumb" }), [false, false]);
});

Deno.test("supportsColor: FORCE_COLOR is stronger than all else, as in Deno and Node", () => {
  assertEquals(colors({ FORCE_COLOR: "1" }), [true, true]);
  assertEquals(colors({ FORCE_COLOR: "1" }, { noColor: true }), [true, true]);
  assertEquals(colors({ FORCE_COLOR: "3", TERM: "dumb" }), [true, true]);
  assertEquals(colors({ FORCE_COLOR: "" }), [true, false]);
});

Deno.test("supportsColor: FORCE_COLOR=0 and false turn them off, as in Node", () => {
  assertEquals(colors({ FORCE_COLOR: "0" }), [false, false]);
  assertEquals(colors({ FORCE_COLOR: "false" }), [false, false]);
});

Deno.test("supportsLiveOutput: a terminal that moves its cursor, and somebody looks at", () => {
  const can = (variables: Record<string, string>, isTerminal = true) =>
    supportsLiveOutput({ isTerminal, env: (name) => variables[name] });
  assertEquals(can({}), true);
  assertEquals(can({ TERM: "xterm", CI: "" }), true);
  assertEquals(can({ CI: "false" }), true);
  assertEquals(can({ CI: "0" }), true);
  assertEquals(can({ CI: "true" }), false);
  assertEquals(can({ CI: "1" }), false);
  assertEquals(can({ TERM: "dumb" }), false);
  assertEquals(can({ FORCE_COLOR: "1", NO_COLOR: "1" }), true);
  assertEquals(can({}, false), false);
});
