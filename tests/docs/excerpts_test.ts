/** Excerpts of examples in the documentation are in the examples. */
import { assert, assertEquals } from "@std/assert";
import { documentationPages } from "./markdown.ts";

const ROOT = new URL("../../", import.meta.url);

/** Stands for lines that an excerpt leaves out. */
const LEFT_OUT = /^ *\/\/ …$/;

Deno.test("docs/*.md have excerpts whose lines are in the example, in order", () => {
  const excerpts = documentationPages().flatMap(({ path, blocks }) =>
    blocks.flatMap(({ excerptOf: file, text, line }) =>
      file === undefined ? [] : [{ at: `${path}:${line}`, file, text }]
    )
  );
  assert(excerpts.length > 0, "the excerpts are not found any more");
  const wrong = excerpts.map(({ at, file, text }) => ({ at, missing: missingIn(file, text) }));
  assertEquals(wrong.filter(({ missing }) => missing !== undefined), []);
});

/** Returns the first part of an excerpt that the file does not have after the parts before. */
function missingIn(file: string, excerpt: string): string | undefined {
  const lines = Deno.readTextFileSync(new URL(file, ROOT)).split("\n");
  let at = 0;
  for (const part of partsOf(excerpt)) {
    while (at < lines.length && !part.every((line, i) => line === lines[at + i])) at++;
    if (at === lines.length) return part.join("\n");
    at += part.length;
  }
  return undefined;
}

/** The lines of an excerpt between those that are left out. */
function partsOf(excerpt: string): string[][] {
  const parts: string[][] = [[]];
  for (const line of excerpt.trimEnd().split("\n")) {
    if (LEFT_OUT.test(line)) parts.push([]);
    else parts.at(-1)!.push(line);
  }
  const isBlank = (line: string | undefined) => line === "";
  return parts.map((part) =>
    part.slice(isBlank(part[0]) ? 1 : 0, isBlank(part.at(-1)) ? -1 : undefined)
  );
}
