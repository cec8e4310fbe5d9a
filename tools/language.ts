// deno-lint-ignore-file no-console
/**
 * Lists violations of the language rules, and misspelled words, in sources and pages; exits with 1
 * when there are any.
 *
 *     deno task docs:check                            everything
 *     deno run -R tools/language.ts src/cli docs      some files and folders
 */
import { type Violation, violationsIn } from "../tests/support/language.ts";
import { Spelling } from "../tests/support/spelling.ts";
import { projectTexts, textsUnder } from "../tests/support/texts.ts";
import { glossaryWords, projectWords } from "../tests/support/words.ts";

const paths = Deno.args.filter((it) => !it.startsWith("--"));
const files = paths.length === 0 ? projectTexts() : paths.flatMap(textsUnder);
const spelling = new Spelling([...glossaryWords(), ...projectWords()]);
const found = files.flatMap((file) => violationsIn(file, spelling));

if (!Deno.args.includes("--counts")) { for (const it of found) console.log(lineOf(it)); }
const counts = Map.groupBy(found, ({ rule }) => rule);
console.log([...counts].map(([rule, all]) => `${all.length} ${rule}`).join(", ") || "none");
if (found.length > 0) Deno.exit(1);

/** `docs/guide.md:12:5: word: told; use emit, deliver`, as editors and terminals link it. */
function lineOf({ path, line, column, rule, text, suggestion }: Violation): string {
  const use = suggestion ? `; use ${suggestion}` : "";
  return `${path}:${line}:${column}: ${rule}: ${text}${use}`;
}
