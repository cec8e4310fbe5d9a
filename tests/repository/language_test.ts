/** The words of the sources, as docs/glossary.md has them. */
import { assert, assertEquals } from "@std/assert";
import { violationsIn } from "../support/language.ts";
import { librarySources } from "../support/sources.ts";

const SOURCES = librarySources();
const RULES = {
  word: "comments use the terms of the glossary",
  name: "identifiers use the terms of the glossary",
  width: "comments are at most 100 columns wide",
  opening: "doc comments start with what the thing is or does",
  head: "doc comments do not refer to the head of the file",
} as const;

for (const [rule, what] of Object.entries(RULES)) {
  Deno.test(`language: ${what}`, () => {
    const found = SOURCES.flatMap(violationsIn).filter((it) => it.rule === rule);
    assertEquals(found.map(({ path, line, text }) => `${path}:${line}: ${text}`), []);
  });
}

Deno.test("violationsIn() finds each kind of violation", () => {
  const text = [
    "/** What the threads are told. */",
    "export const toldThreads = 1; // see the head of this file",
    `/** ${"long ".repeat(20)} */`,
    'const text = "told"; // `told` is quoted',
  ].join("\n");
  const found = violationsIn({ path: "a.ts", text, code: text });
  assertEquals(found.map(({ line, rule }) => `${line} ${rule}`), [
    "1 opening",
    "1 word",
    "2 head",
    "2 name",
    "3 width",
  ]);
});

Deno.test("language: sources are found", () => assert(SOURCES.length > 300));
