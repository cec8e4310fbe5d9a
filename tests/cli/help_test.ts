/** `--help`, in full: UPDATE_GOLDENS=1 writes it anew. */
import { assert, assertEquals } from "@std/assert";
import { commandLine, optionTable } from "../../src/cli/options.ts";
import { parse } from "../../src/cli/parse.ts";
import { assertGolden } from "../support/golden.ts";

function help(): string {
  const parsed = parse(["--help"]);
  assert(parsed.type === "text");
  return parsed.text;
}

Deno.test("--help: the golden", () => {
  assertGolden("help/help.txt", `${help()}\n`);
});

Deno.test("--help: 80 columns are enough", () => {
  assertEquals(help().split("\n").filter((line) => line.length > 80), []);
});

Deno.test("--help: every option, and every word that a value may be", () => {
  const text = help();
  for (const { name, choices } of optionTable(commandLine())) {
    assert(text.includes(`  ${name}`) || text.includes(`, ${name}`), name);
    for (const choice of choices) assert(text.includes(choice), `${name}: ${choice}`);
  }
});

Deno.test("--help: every example is understood", () => {
  const examples = [...help().matchAll(/^ {2}tdrun (.+?)(?: {2,}.*| \| .*)?$/gm)];
  assert(examples.length >= 7);
  for (const [, line = ""] of examples) {
    const words = line.match(/(?:"[^"]*"|'[^']*'|[^\s"'])+/g) ?? [];
    const args = words.map((word) => word.replace(/"([^"]*)"$|'([^']*)'$/, "$1$2"));
    assertEquals(parse(args).type, "run", line);
  }
});
