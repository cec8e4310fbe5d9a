/** The guess whether there will be a run on threads. */
import { assertEquals } from "@std/assert";
import { usesThreads } from "../../src/cli/args/uses_threads.ts";

const YES = [
  "module.ts",
  "module.ts::build",
  "--workers=4 module.ts --key=value",
  "--workers 2 module.ts",
  "module.ts --reporter=junit --output=failed",
];

const NO = [
  "",
  "--help",
  "module.ts -h",
  "--version",
  "--completions=bash",
  "ui module.ts",
  "worker module.ts --engine=redis://host",
  "module.ts --graph",
  "module.ts --graph=dot",
  "module.ts --list",
  "module.ts --dry-run",
  "module.ts --isolate=process",
  "module.ts --isolate process",
  "module.ts --engine=redis://host",
  "module.ts --workers=0",
  "--workers 0 module.ts",
];

for (const [lines, expected] of [[YES, true], [NO, false]] as const) {
  for (const line of lines) {
    Deno.test(`usesThreads: ${expected ? "yes" : "no"}: tdrun ${line}`, () => {
      assertEquals(usesThreads(line.split(" ").filter(Boolean)), expected);
    });
  }
}
