/** The demo succeeds with the output that examples/README.md documents. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { bash, inRepository } from "../support/command.ts";
import { canonical, stepsOf } from "./console.ts";
import { readPage } from "./markdown.ts";

Deno.test({
  name: "examples/README.md has the demo, which exits 0 with the documented lines",
  ignore: Deno.build.os === "windows", // there is no bash
  async fn() {
    const block = readPage("examples/README.md").blocks[0]!;
    const [{ command, output } = { command: "", output: [] }] = stepsOf(block.text);
    const [, gate] = /\bdeno@([\d.]+)/.exec(await Deno.readTextFile(inRepository(".ci/run")))!;
    assertEquals(command, `npx -y deno@${gate} task demo`);
    assertStringIncludes(await Deno.readTextFile(inRepository("README.md")), `$ ${command} `);
    const env = { NO_COLOR: "1", DENO: Deno.execPath() };
    const { code, stdout } = await bash('exec "$DENO" task demo 2>&1', [], { env });
    assertEquals(code, 0, stdout);
    assertEquals(withoutFigures(stdout.trimEnd().split("\n")), withoutFigures(output));
    const [, report] = /\breport in (.*)$/m.exec(stdout)!;
    await Deno.remove(report!);
  },
});

/** Replaces what changes with the sources: numbers, bars and the paths of files. */
function withoutFigures(lines: readonly string[]): string[] {
  return canonical(lines, inRepository("")).map((line) =>
    line.replaceAll(/\S+\/\S+\.(ts|md)$/g, "<file>").replaceAll(/ +\d+\b/g, " N")
      .replaceAll(/█+/g, "█")
  ).sort();
}
