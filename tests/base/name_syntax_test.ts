/** Names of tasks as they are typed. */
import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { UsageError } from "../../src/base/errors.ts";
import { hasEmptyPart, parseNames, quoteName } from "../../src/base/name_syntax.ts";

const SEPARATORS = ["::", ","] as const;

function typed(text: string, separator: "::" | ",", ...known: string[]): string[] {
  return parseNames(text, separator, (name) => known.includes(name));
}

Deno.test("parseNames() splits a text at each separator", () => {
  assertEquals(typed("a::b*::a.x/y", "::"), ["a", "b*", "a.x/y"]);
  assertEquals(typed(" a, b_*,,c ", ","), ["a", "b_*", "c"]);
  assertEquals(typed("", ","), []);
});

Deno.test("parseNames() takes the longest name that a task has", () => {
  assertEquals(typed("a::b", "::", "a::b"), ["a::b"]);
  assertEquals(typed("x,a, b,y", ",", "a, b", "x", "y", "b"), ["x", "a, b", "y"]);
  assertEquals(typed("a,b", ",", "a", "b"), ["a", "b"]);
  assertEquals(typed("t. ,t.", ",", "t.", "t. "), ["t. ", "t."]);
});

Deno.test("parseNames() takes a name in double quotes as it is", () => {
  assertEquals(typed('"a,b" , c', ",", "a", "b"), ["a,b", "c"]);
  assertEquals(typed('"a::b"::"say \\"hi\\""', "::"), ["a::b", 'say "hi"']);
  assertEquals(typed('""', ","), [""]);
});

Deno.test("parseNames() reads quotes that are no JSON, or have something behind them, as they are", () => {
  assertEquals(typed('"a', ","), ['"a']);
  assertEquals(typed('"\\d",b', ","), ['"\\d"', "b"]);
  assertEquals(typed('"a"b,c', ","), ['"a"b', "c"]);
});

Deno.test("parseNames() refuses what is one name and several", () => {
  assertEquals(
    assertThrows(() => typed("a::b", "::", "a", "b", "a::b"), UsageError).message,
    'Cannot resolve a::b: it may be "a::b" or "a"::"b"; put the names in double quotes',
  );
});

Deno.test("parseNames() gives back any names that quoteName has quoted", () => {
  const names = fc.array(fc.string({ unit: "binary" }), { minLength: 1 });
  fc.assert(
    fc.property(names, fc.constantFrom(...SEPARATORS), (names, separator) => {
      const text = names.map(quoteName).join(separator);
      assertEquals(parseNames(text, separator, () => true), names);
    }),
  );
});

Deno.test("hasEmptyPart sees parts without a name, but none within quotes", () => {
  for (const text of ["", "a::", "::a", "a:: ::b"]) assertEquals(hasEmptyPart(text, "::"), true);
  for (const text of ["a", "a::b", '"a::::b"', '""']) assertEquals(hasEmptyPart(text, "::"), false);
});
