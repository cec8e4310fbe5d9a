/** The language of the sources, compared with docs/glossary.md. */
import { assert, assertEquals } from "@std/assert";
import { type Rule, violationsIn } from "../support/language.ts";
import { librarySources } from "../support/sources.ts";

const SOURCES = librarySources();
const RULES = {
  word: "use the terms of the glossary in comments and messages",
  sentence: "have sentences that start with their subject",
  name: "use the terms of the glossary in identifiers",
  width: "have comments of at most 100 columns",
  opening: "have doc comments that start with what the thing is or does",
  head: "have doc comments that do not refer to the head of the file",
} as const;

const byRule = Map.groupBy(SOURCES.flatMap((it) => violationsIn(it)), ({ rule }) => rule);
for (const [rule, requirement] of Object.entries(RULES) as [Rule, string][]) {
  Deno.test(`Sources ${requirement}`, () => {
    const found = byRule.get(rule) ?? [];
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
  const found = violationsIn({ path: "a.ts", text });
  assertEquals(found.map(({ line, rule }) => `${line} ${rule}`), [
    "1 opening",
    "1 sentence",
    "1 word",
    "2 name",
    "2 head",
    "3 width",
  ]);
});

Deno.test("librarySources() finds the sources", () => assert(SOURCES.length > 300));
