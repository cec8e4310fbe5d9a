/** The text of `--help`. UPDATE_GOLDENS=1 rewrites the golden file. */
import { assert, assertEquals } from "@std/assert";
import { helpText } from "../../src/cli/help/help_text.ts";
import { OPTIONS } from "../../src/cli/args/option_table.ts";
import { parseCommand } from "../../src/cli/args/parse_command.ts";
import { assertGolden } from "../support/golden.ts";

Deno.test("helpText() matches the golden file", () => {
  assertGolden("help/help.txt", `${helpText()}\n`);
});

Deno.test("helpText() has lines of at most 80 columns", () => {
  assertEquals(helpText().split("\n").filter((line) => line.length > 80), []);
});

Deno.test("helpText() contains every option and every choice of its value", () => {
  const text = helpText();
  for (const { name, choices } of OPTIONS) {
    assert(text.includes(`  ${name}`) || text.includes(`, ${name}`), name);
    for (const choice of choices) assert(text.includes(choice), `${name}: ${choice}`);
  }
});

Deno.test("helpText() has examples that parseCommand() accepts", () => {
  const examples = [...helpText().matchAll(/^ {2}tdrun (.+?)(?: {2,}.*| \| .*)?$/gm)];
  assert(examples.length >= 7);
  for (const [, line = ""] of examples) {
    const words = line.match(/(?:"[^"]*"|'[^']*'|[^\s"'])+/g) ?? [];
    const args = words.map((word) => word.replace(/"([^"]*)"$|'([^']*)'$/, "$1$2"));
    assertEquals(parseCommand(args).type, "run", line);
  }
});
