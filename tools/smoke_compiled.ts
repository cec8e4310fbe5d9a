// deno-lint-ignore-file no-console -- prints its result
/**
 * Smoke test of a compiled tdrun: `deno run -A tools/smoke_compiled.ts [file]`, after `deno task
 * compile`. `deno compile` downloads a runtime, so that the test runs only for a release.
 */

const isWindows = Deno.build.os === "windows";
const tdrunFile = await Deno.realPath(Deno.args[0] ?? (isWindows ? "tdrun.exe" : "tdrun"));
const folder = await Deno.makeTempDir({ prefix: "thread-order-" });

const FILES: Readonly<Record<string, string>> = {
  "module.ts": `
    import { mark } from "@thread-order/cli";
    import { sep } from "node:path";
    import { double } from "./lib.ts";
    export const load = mark((state: Record<string, number[]>): number => {
      state.items = [1, 2];
      return double(2) + sep.length;
    });
    export const check = mark({ after: ["load"] }, (state) => {
      if (state.results.load !== 5 || state.items.length !== 2) throw new Error("not shared");
    });
  `,
  "lib.ts": "export const double = (n: number): number => n * 2;",
  "jsr.ts": `import { mark } from "jsr:@thread-order/cli"; export const a = mark(() => 1);`,
  "failing.ts": `import { mark } from "@thread-order/cli";
    export const a = mark(() => { throw new Error("as it should"); });`,
  "npm.ts": `import "npm:is-number@7.0.0";`,
};

/** Arguments, with the expected exit code and a part of the output. */
interface Check {
  readonly args: readonly string[];
  readonly code: number;
  readonly output: string;
}

const CHECKS: readonly Check[] = [
  { args: ["--version"], code: 0, output: "." },
  { args: ["module.ts"], code: 0, output: "==== 2 passed, 0 failed, 0 skipped" },
  { args: ["module.ts", "--workers=0"], code: 0, output: "==== 2 passed" },
  { args: ["module.ts", "--graph=dot"], code: 0, output: "digraph" },
  { args: ["module.ts", "--reporter=html=run.html"], code: 0, output: "==== 2 passed" },
  { args: ["module.ts", "--reporter=junit"], code: 0, output: "<testsuite " },
  { args: ["jsr.ts"], code: 0, output: "==== 1 passed" },
  { args: ["failing.ts"], code: 1, output: "as it should" },
  { args: ["failing.ts", "--rerun-failed"], code: 1, output: "going on with the run" },
  { args: ["npm.ts"], code: 2, output: "a compiled tdrun loads files" },
  { args: ["module.ts", "--isolate=process"], code: 2, output: "Cannot isolate tasks by process" },
];

async function run({ args, code, output }: Check): Promise<boolean> {
  const command = new Deno.Command(tdrunFile, { args: [...args], cwd: folder, stdin: "null" });
  const ended = await command.output();
  const decoder = new TextDecoder();
  const printed = decoder.decode(ended.stdout) + decoder.decode(ended.stderr);
  const isOk = ended.code === code && printed.includes(output);
  console.log(`${isOk ? "ok    " : "FAILED"} tdrun ${args.join(" ")}`);
  if (!isOk) console.log(`expected: ${code}, "${output}"\nactual: ${ended.code}\n${printed}`);
  return isOk;
}

let failed = 0;
try {
  for (const [name, text] of Object.entries(FILES)) {
    await Deno.writeTextFile(`${folder}/${name}`, text);
  }
  for (const check of CHECKS) if (!await run(check)) failed++;
} finally {
  await Deno.remove(folder, { recursive: true });
}
console.log(`${CHECKS.length - failed} passed, ${failed} failed`);
if (failed > 0) Deno.exit(1);
