/** Facts about the arguments that are needed before they are parsed. */
import { assertEquals } from "@std/assert";
import { peekArgs } from "../../src/cli/args/peek_args.ts";

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
    Deno.test(`peekArgs() ${expected ? "expects" : "does not expect"} threads: tdrun ${line}`, () => {
      assertEquals(peekArgs(line.split(" ").filter(Boolean)).usesThreads, expected);
    });
  }
}

Deno.test("peekArgs() finds the first non-option argument that ends like a module", () => {
  assertEquals(peekArgs(["--workers", "4", "a/work.ts", "--x=1"]).module, "a/work.ts");
  assertEquals(peekArgs(["work.ts::a::b_*"]).module, "work.ts");
  assertEquals(peekArgs(["dir.ts/work.tsx"]).module, "dir.ts/work.tsx");
  assertEquals(peekArgs(["--state-file", "s.json", "work.mjs", "::a"]).module, "work.mjs");
  assertEquals(peekArgs(["ui", "work.cts"]).module, "work.cts");
  assertEquals(peekArgs(["--log", "--", "-work.ts"]).module, undefined);
  assertEquals(peekArgs(["--log", "--", "work.ts"]).module, "work.ts");
  assertEquals(peekArgs(["--version"]).module, undefined);
  assertEquals(peekArgs(["--reporter=junit=x.ts", "work"]).module, undefined);
});

Deno.test("peekArgs() ignores options after --", () => {
  assertEquals(peekArgs(["--verbose", "work.ts"]).isVerbose, true);
  assertEquals(peekArgs(["work.ts", "--", "--verbose"]).isVerbose, false);
});
