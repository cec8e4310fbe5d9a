// deno-lint-ignore-file no-console -- what it says is what it is for
/**
 * Tries a compiled tdrun: `deno run -A tools/smoke_compiled.ts [file]`, after `deno task compile`. It needs
 * the runtime that `deno compile` downloads, so it is run where a release is made.
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

/** What is typed, how it ends, and what is said. */
interface Check {
  readonly args: readonly string[];
  readonly code: number;
  readonly says: string;
}

const CHECKS: readonly Check[] = [
  { args: ["--version"], code: 0, says: "." },
  { args: ["module.ts"], code: 0, says: "==== 2 passed, 0 failed, 0 skipped" },
  { args: ["module.ts", "--workers=0"], code: 0, says: "==== 2 passed" },
  { args: ["module.ts", "--graph=dot"], code: 0, says: "digraph" },
  { args: ["module.ts", "--reporter=html=run.html"], code: 0, says: "==== 2 passed" },
  { args: ["module.ts", "--reporter=junit"], code: 0, says: "<testsuite " },
  { args: ["jsr.ts"], code: 0, says: "==== 1 passed" },
  { args: ["failing.ts"], code: 1, says: "as it should" },
  { args: ["failing.ts", "--rerun-failed"], code: 1, says: "rerunning the run" },
  { args: ["npm.ts"], code: 2, says: "a compiled tdrun loads files" },
  { args: ["module.ts", "--isolate=process"], code: 2, says: "Cannot isolate tasks by process" },
];

async function run({ args, code, says }: Check): Promise<boolean> {
  const command = new Deno.Command(tdrunFile, { args: [...args], cwd: folder, stdin: "null" });
  const ended = await command.output();
  const decoder = new TextDecoder();
  const said = decoder.decode(ended.stdout) + decoder.decode(ended.stderr);
  const isWell = ended.code === code && said.includes(says);
  console.log(`${isWell ? "ok    " : "FAILED"} tdrun ${args.join(" ")}`);
  if (!isWell) console.log(`wanted: ${code}, "${says}"\nwas: ${ended.code}\n${said}`);
  return isWell;
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
