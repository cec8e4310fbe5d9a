/** Tests of the syntax of task names on the command line. */
import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { UsageError } from "../../src/base/errors.ts";
import { hasEmptyPart, parseNames, quoteName } from "../../src/base/name_syntax.ts";
import { anyText } from "../support/any_text.ts";

const SEPARATORS = ["::", ","] as const;

function namesIn(text: string, separator: "::" | ",", ...known: string[]): string[] {
  return parseNames(text, separator, (name) => known.includes(name));
}

Deno.test("parseNames() splits a text at each separator", () => {
  assertEquals(namesIn("a::b*::a.x/y", "::"), ["a", "b*", "a.x/y"]);
  assertEquals(namesIn(" a, b_*,,c ", ","), ["a", "b_*", "c"]);
  assertEquals(namesIn("", ","), []);
});

Deno.test("parseNames() prefers the longest name of a task", () => {
  assertEquals(namesIn("a::b", "::", "a::b"), ["a::b"]);
  assertEquals(namesIn("x,a, b,y", ",", "a, b", "x", "y", "b"), ["x", "a, b", "y"]);
  assertEquals(namesIn("a,b", ",", "a", "b"), ["a", "b"]);
  assertEquals(namesIn("t. ,t.", ",", "t.", "t. "), ["t. ", "t."]);
});

Deno.test("parseNames() keeps separators in a name in double quotes", () => {
  assertEquals(namesIn('"a,b" , c', ",", "a", "b"), ["a,b", "c"]);
  assertEquals(namesIn('"a::b"::"say \\"hi\\""', "::"), ["a::b", 'say "hi"']);
  assertEquals(namesIn('""', ","), [""]);
});

Deno.test("parseNames() keeps quotes in a name when they do not enclose a JSON string", () => {
  assertEquals(namesIn('"a', ","), ['"a']);
  assertEquals(namesIn('"\\d",b', ","), ['"\\d"', "b"]);
  assertEquals(namesIn('"a"b,c', ","), ['"a"b', "c"]);
});

Deno.test("parseNames() rejects a text that is ambiguous", () => {
  assertEquals(
    assertThrows(() => namesIn("a::b", "::", "a", "b", "a::b"), UsageError).message,
    'Cannot resolve a::b: it may be "a::b" or "a"::"b"; put the names in double quotes',
  );
});

Deno.test("parseNames() restores any names that quoteName() has quoted", () => {
  const names = fc.array(anyText(), { minLength: 1 });
  fc.assert(
    fc.property(names, fc.constantFrom(...SEPARATORS), (names, separator) => {
      const text = names.map(quoteName).join(separator);
      assertEquals(parseNames(text, separator, () => true), names);
    }),
  );
});

Deno.test("hasEmptyPart() finds parts without a name, except within quotes", () => {
  for (const text of ["", "a::", "::a", "a:: ::b"]) assertEquals(hasEmptyPart(text, "::"), true);
  for (const text of ["a", "a::b", '"a::::b"', '""']) assertEquals(hasEmptyPart(text, "::"), false);
});
