/** Globs of names. */
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { isGlob, matchesGlob } from "../../src/base/glob.ts";

const cases: [glob: string, yes: string[], no: string[]][] = [
  ["a", ["a"], ["", "ab", "A"]],
  ["a*", ["a", "ab", "a*"], ["", "ba"]],
  ["*a", ["a", "ba", "aa"], ["ab"]],
  ["*", ["", "a", "abc"], []],
  ["a*b*c", ["abc", "aXbYc", "abbcc"], ["acb", "ab"]],
  ["?", ["a", "é", "🎉"], ["", "ab"]],
  ["a?c", ["abc"], ["ac", "abbc"]],
  ["*?", ["a", "ab"], [""]],
  ["[ab].$^", ["[ab].$^"], ["a", "[ab]x$^"]],
];
for (const [glob, yes, no] of cases) {
  Deno.test(`matchesGlob() matches names against ${JSON.stringify(glob)}`, () => {
    for (const name of yes) assert(matchesGlob(glob, name), name);
    for (const name of no) assert(!matchesGlob(glob, name), name);
  });
}

Deno.test("matchesGlob() agrees with a regular expression", () => {
  const text = fc.string({ unit: fc.constantFrom("a", "b", "*", "?"), maxLength: 8 });
  fc.assert(
    fc.property(text, text, (glob, name) => {
      const pattern = glob.replaceAll("*", ".*").replaceAll("?", ".");
      assertEquals(matchesGlob(glob, name), new RegExp(`^${pattern}$`).test(name));
    }),
    { numRuns: 2000 },
  );
});

Deno.test("matchesGlob() returns quickly when a glob has many wildcards", () => {
  assertEquals(matchesGlob(`${"*a".repeat(500)}b`, "a".repeat(5000)), false);
});

Deno.test("isGlob() returns whether a name has a wildcard", () => {
  assertEquals(["a", "[a]", "a*", "?"].map(isGlob), [false, false, true, true]);
});
