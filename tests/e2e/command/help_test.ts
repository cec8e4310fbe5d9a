/** The output of `--help` and `--version`. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { stripAnsiCode } from "@std/fmt/colors";
import { tdrun, TestSpace } from "../../support/command.ts";
import { hasScript, PseudoTerminal } from "../../support/pseudo_terminal.ts";

Deno.test("--help prints all options to standard output, at any position", async () => {
  const long = await tdrun(["--help"]);
  assertMatch(long.stdout, /^Usage: tdrun .*\n\n/);
  assertMatch(long.stdout, /[^\n]\n$/);
  assertEquals([long.code, long.stderr], [0, ""]);
  for (const args of [["-h", "--help"], ["missing.ts", "--verbose", "--help"]]) {
    assertEquals(await tdrun(args), long);
  }
});

Deno.test("-h prints the most common options, at any position", async () => {
  const brief = await tdrun(["-h"]);
  assertStringIncludes(brief.stdout, "--help prints all options");
  assertEquals([brief.code, brief.stderr], [0, ""]);
  assertEquals(await tdrun(["missing.ts", "--env=dev", "-h"]), brief);
});

Deno.test("--version and -V print only the version", async () => {
  const long = await tdrun(["--version"]);
  assertMatch(long.stdout, /^\d+\.\d+\.\d+\n$/);
  assertEquals(await tdrun(["-V"]), long);
});

Deno.test("tdrun reports an invalid option instead of printing the help", async () => {
  const { code, stdout, stderr } = await tdrun(["--workers=x", "--help"]);
  assertStringIncludes(stderr, "Error: Cannot use --workers=x");
  assertEquals([code, stdout], [2, ""]);
});

Deno.test({
  name: "--help and errors have colors, and --help the width of the terminal",
  ignore: !hasScript,
  async fn() {
    await using space = await TestSpace.create();
    const text = async (args: string[], columns: number, env = {}) => {
      const { folder } = space;
      await using terminal = new PseudoTerminal(args, { folder, columns, env });
      return (await terminal.ended).text.replaceAll("\r\n", "\n");
    };
    const { stdout } = await tdrun(["--help"]);
    assertEquals(await text(["--help"], 80, { NO_COLOR: "1" }), stdout);
    const colored = await text(["--help"], 80);
    assertEquals(stripAnsiCode(colored), stdout);
    assertStringIncludes(colored, "\x1b[36m--workers <n>\x1b[39m");
    const wide = await text(["--help"], 200, { NO_COLOR: "1" });
    assert(wide.split("\n").length < stdout.split("\n").length, wide);
    assertStringIncludes(await text(["missing.ts"], 80), "\x1b[1;31mError:\x1b[0m Cannot load");
  },
});
