/** `--help`, in full: UPDATE_GOLDENS=1 writes it anew. */
import { assert, assertEquals } from "@std/assert";
import { helpText } from "../../src/cli/help/help_text.ts";
import { OPTIONS } from "../../src/cli/args/option_table.ts";
import { parseCommand } from "../../src/cli/args/parse_command.ts";
import { assertGolden } from "../support/golden.ts";

Deno.test("--help: the golden", () => {
  assertGolden("help/help.txt", `${helpText()}\n`);
});

Deno.test("--help: 80 columns are enough", () => {
  assertEquals(helpText().split("\n").filter((line) => line.length > 80), []);
});

Deno.test("--help: every option, and every word that a value may be", () => {
  const text = helpText();
  for (const { name, choices } of OPTIONS) {
    assert(text.includes(`  ${name}`) || text.includes(`, ${name}`), name);
    for (const choice of choices) assert(text.includes(choice), `${name}: ${choice}`);
  }
});

Deno.test("--help: every example is understood", () => {
  const examples = [...helpText().matchAll(/^ {2}tdrun (.+?)(?: {2,}.*| \| .*)?$/gm)];
  assert(examples.length >= 7);
  for (const [, line = ""] of examples) {
    const words = line.match(/(?:"[^"]*"|'[^']*'|[^\s"'])+/g) ?? [];
    const args = words.map((word) => word.replace(/"([^"]*)"$|'([^']*)'$/, "$1$2"));
    assertEquals(parseCommand(args).type, "run", line);
  }
});
