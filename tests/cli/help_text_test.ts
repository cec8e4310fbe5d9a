/** The text of `--help` and `-h`. UPDATE_GOLDENS=1 rewrites the golden files. */
import { assert, assertEquals, assertGreater, assertStringIncludes } from "@std/assert";
import { stripAnsiCode } from "@std/fmt/colors";
import { colorStyle, plainStyle } from "../../src/report/style.ts";
import { briefHelpText, type HelpLayout, helpText } from "../../src/cli/help/help_text.ts";
import { OPTIONS } from "../../src/cli/args/option_table.ts";
import { parseCommand } from "../../src/cli/args/parse_command.ts";
import { assertGolden } from "../support/golden.ts";

Deno.test("helpText() matches the golden file", () => {
  assertGolden("help/help.txt", `${helpText()}\n`);
});

Deno.test("briefHelpText() matches the golden file", () => {
  assertGolden("help/brief.txt", `${briefHelpText()}\n`);
});

Deno.test("helpText() and briefHelpText() have lines of at most 80 columns in a pipe", () => {
  for (const text of [helpText(), briefHelpText()]) {
    assertEquals(text.split("\n").filter((line) => line.length > 80), []);
  }
});

Deno.test("briefHelpText() fits on a screen of 24 rows, with the prompt", () => {
  assertEquals(briefHelpText().split("\n").length < 24, true);
});

Deno.test("helpText() has the width of the terminal, from 60 to 110 columns", () => {
  const widest = (columns: number) => {
    const options = helpText({ style: plainStyle, columns }).split("\nState and results:")[0]!;
    return Math.max(...options.split("\n").map((line) => line.length));
  };
  assertEquals([40, 60, 100, 110, 300].map((columns) => widest(columns) <= columns), [
    ...[false, true, true, true, true],
  ]);
  assertEquals([widest(40), widest(300)], [widest(60), widest(110)]);
  assertGreater(widest(110), widest(80));
});

Deno.test("helpText() and briefHelpText() color headings, options and commands alone", () => {
  const style = colorStyle();
  for (const text of [helpText, briefHelpText] as ((layout?: HelpLayout) => string)[]) {
    const colored = text({ style });
    assertEquals(stripAnsiCode(colored), text());
    assertStringIncludes(colored, style.bold("Examples:"));
    assertStringIncludes(colored, `  ${style.code("-h, --help")}  `);
    assertStringIncludes(colored, `  ${style.code("tdrun build.ts")}  `);
  }
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
