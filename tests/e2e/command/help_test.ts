/** The output of `--help` and `--version`. */
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { tdrun, TestSpace } from "../../support/command.ts";
import { hasScript, PseudoTerminal } from "../../support/pseudo_terminal.ts";

Deno.test("--help and -h print the same text to standard output at any position", async () => {
  const long = await tdrun(["--help"]);
  assertMatch(long.stdout, /^Usage: tdrun .*\n\n/);
  assertMatch(long.stdout, /[^\n]\n$/);
  assertEquals([long.code, long.stderr], [0, ""]);
  for (const args of [["-h"], ["missing.ts", "--verbose", "--help"], ["--env=dev", "-h"]]) {
    assertEquals(await tdrun(args), long);
  }
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
  name: "--help has the same width on any terminal",
  ignore: !hasScript,
  async fn() {
    await using space = await TestSpace.create();
    const { stdout } = await tdrun(["--help"]);
    for (const columns of [40, 200]) {
      await using terminal = new PseudoTerminal(["--help"], {
        ...space,
        folder: space.folder,
        columns,
      });
      const { text } = await terminal.ended;
      assertEquals(text.replaceAll("\r\n", "\n"), stdout);
    }
  },
});
