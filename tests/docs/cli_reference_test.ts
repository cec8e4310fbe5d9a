/** docs/cli.md matches the option table. */
import { assertEquals } from "@std/assert";
import { CLI_REFERENCE, cliReference } from "../../tools/cli_reference.ts";

Deno.test("docs/cli.md is current (deno task docs)", () => {
  assertEquals(Deno.readTextFileSync(CLI_REFERENCE), cliReference());
});

Deno.test("docs/cli.md has every option, and every exit code", () => {
  const text = cliReference();
  const options = ["--workers", "--rerun-failed", "--graph", "--result-NAME", "-V, --version"];
  assertEquals(options.filter((option) => !text.includes(`\`${option}`)), []);
  const codes = ["0", "1", "2", "4", "70", "129", "130", "143"];
  assertEquals([...text.matchAll(/^\| \*\*(\d+)\*\*/gm)].map(([, code]) => code), codes);
});
