// deno-lint-ignore-file no-console
/** Lists violations of the language rules: `deno run -R tools/language.ts src/cli workers`. */
import { violationsIn } from "../tests/support/language.ts";
import { librarySources } from "../tests/support/sources.ts";

const paths = Deno.args.filter((it) => !it.startsWith("--"));
const sources = librarySources().filter(({ path }) =>
  paths.length === 0 || paths.some((it) => path.startsWith(it))
);
const found = sources.flatMap(violationsIn);
if (!Deno.args.includes("--counts")) {
  for (const { path, line, rule, text } of found) console.log(`${path}:${line}: ${rule}: ${text}`);
}
const counts = Map.groupBy(found, ({ rule }) => rule);
console.log([...counts].map(([rule, all]) => `${all.length} ${rule}`).join(", ") || "none");
