/** The spelling and the words of pages, comments and messages: `deno task docs:check`. */
import { assert, assertEquals } from "@std/assert";
import { inRepository, RunningCommand } from "../support/command.ts";
import { violationsIn } from "../support/language.ts";
import { Spelling } from "../support/spelling.ts";
import { proseOf } from "../support/prose.ts";
import { projectTexts } from "../support/texts.ts";
import { glossaryWords, projectWords } from "../support/words.ts";

const PAGE = `# Title

The wrokers run; a page is
told \`tolld\` and "tolld" of [it](tolld.md).

    tolld

\`\`\`ts
tolld();
\`\`\`

So does a task. What a task prints is its output.
`;
const SOURCE = `/** Runs the wrokers of \`tolld\`. */
export const tolldName = 1; // the reciever
const short = "tolld";
throw new Error(\`Cannot recieve the \${tolldName} of a task\`);
`;

function positionsIn(path: string, text: string): string[] {
  const found = violationsIn({ path, text }, new Spelling(glossaryWords()));
  return found.map((it) => `${it.line}:${it.column} ${it.rule} ${it.text}`);
}

Deno.test("violationsIn() finds words, sentences and misspellings in the prose of a page", () => {
  assertEquals(positionsIn("page.md", PAGE), [
    "3:5 spelling wrokers",
    "4:1 word told",
    "12:1 sentence So does",
    "12:17 word What a task prints",
    "12:17 sentence What",
  ]);
});

Deno.test("violationsIn() finds misspellings in the comments and messages of a source", () => {
  assertEquals(positionsIn("src/a.ts", SOURCE), [
    "1:14 spelling wrokers",
    "2:36 spelling reciever",
    "4:25 spelling recieve",
  ]);
  const inTests = positionsIn("tests/a.ts", SOURCE);
  assertEquals(inTests.length, 2, "messages of tests are not prose");
});

Deno.test("docs:check exits with 1 and suggestions when a page has an error", async () => {
  const folder = await Deno.makeTempDir({ prefix: "thread-order-" });
  try {
    await Deno.writeTextFile(`${folder}/page.md`, "The wrokers are told.\n");
    const check = [Deno.execPath(), "run", "-R", "--frozen", "tools/language.ts", folder];
    const run = () =>
      new RunningCommand(check, { folder: inRepository("."), env: { NO_COLOR: "1" } }).ended;
    const { code, stdout } = await run();
    assertEquals(stdout.split("\n"), [
      `${folder}/page.md:1:5: spelling: wrokers; use brokers, workers`,
      `${folder}/page.md:1:17: word: told; use emit, deliver; report, print, warn`,
      "1 spelling, 1 word",
      "",
    ]);
    assertEquals(code, 1);
    await Deno.writeTextFile(`${folder}/page.md`, "The workers receive events.\n");
    assertEquals((await run()).code, 0);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("words.txt has sorted words that are in use, and in no other dictionary", () => {
  const words = projectWords();
  assertEquals(words, [...new Set(words)].sort());
  const spelling = new Spelling(words);
  const others = new Spelling(glossaryWords());
  const texts = projectTexts().map(proseOf);
  for (const text of texts) spelling.misspellings(text);
  assertEquals(spelling.unused(), [], "no page, comment or message needs them");
  const known = words.filter((word) => others.misspellings(word).length === 0);
  assertEquals(known, [], "the English dictionary or the glossary has them");
  assert(texts.length > 800, "the texts are not found any more");
});
