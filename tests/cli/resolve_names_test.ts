/** Mocked results on the command line, for tasks of any name. */
import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { UsageError } from "../../src/base/errors.ts";
import { quoteName } from "../../src/base/name_syntax.ts";
import { isAssignment } from "../../src/cli/args/assignments.ts";
import { parseMocks } from "../../src/cli/args/resolve_names.ts";
import { anyText } from "../support/any_text.ts";

function mocked(mock: string, ...names: string[]) {
  return [...parseMocks([mock], names)][0];
}

Deno.test("parseMocks() ends the name where it is the name of a task", () => {
  assertEquals(mocked("load=x", "load"), ["load", "x"]);
  assertEquals(mocked("load:={}", "load"), ["load", {}]);
  assertEquals(mocked("a.eu:west=1", "a.eu:west"), ["a.eu:west", "1"]);
  assertEquals(mocked("a.x=y:=1", "a.x=y"), ["a.x=y", 1]);
  assertEquals(mocked("a.x=y=z=1", "a.x=y=z", "b"), ["a.x=y=z", "1"]);
  assertEquals(mocked("a:=1", "a:"), ["a:", "1"]);
  assertEquals(mocked('a:={"x":"a:=b=c"}', "a"), ["a", { x: "a:=b=c" }]);
});

Deno.test("parseMocks() ends the name at the first = or := when no task matches", () => {
  assertEquals(mocked("lod=a=b", "load"), ["lod", "a=b"]);
  assertEquals(mocked("lod:=1"), ["lod", 1]);
});

Deno.test("parseMocks() takes a name in double quotes literally", () => {
  assertEquals(mocked('"a=b":=1', "a", "a=b"), ["a=b", 1]);
  assertEquals(mocked('"a"=b=1', "a", "a=b"), ["a", "b=1"]);
  assertEquals(mocked('"a=1', '"a'), ['"a', "1"]);
});

Deno.test("parseMocks() throws when the name is ambiguous", () => {
  assertEquals(
    assertThrows(() => mocked("a=b=1", "a", "a=b"), UsageError).message,
    'Cannot resolve --result-a=b=1: the task may be "a" or "a=b"; ' +
      'put the name in double quotes: --result-"a"=…',
  );
});

Deno.test("parseMocks() throws when the value after := is not JSON", () => {
  const { message } = assertThrows(() => mocked("a:=three", "a"), UsageError);
  assertEquals(message.startsWith("Cannot read --result-a:=three as JSON: "), true, message);
});

Deno.test("parseMocks() finds any name, in quotes or, when it is unambiguous, without", () => {
  fc.assert(
    fc.property(anyText({ minLength: 1 }), fc.json(), (name, json) => {
      const value = JSON.parse(json);
      assertEquals(mocked(`${quoteName(name)}:=${json}`, name, "other"), [name, value]);
      assertEquals(isAssignment(`--result-${name}:=${json}`, []), true);
      if (!name.startsWith('"') && !/^[:=]/.test(name)) {
        assertEquals(mocked(`${name}:=${json}`, name), [name, value]);
      }
    }),
    { numRuns: 2_000 },
  );
});
