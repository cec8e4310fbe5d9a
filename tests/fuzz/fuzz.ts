/**
 * Thousands of odd inputs: command lines, state files, modules, and names and values of cases. Whatever they
 * are, the command ends with one of its exit codes, and refuses in one clear line.
 *
 *     deno task fuzz [--inputs=5000] [--seed=N]
 *
 * Whatever goes wrong names its seed: `deno task fuzz --seed=THAT --inputs=1` tries the same again.
 */
import { main } from "../../src/cli/main.ts";
import { tdrun } from "../support/command.ts";
import { Random, seedOf } from "../soak/random.ts";
import { randomArguments } from "./arguments.ts";
import { tryCases } from "./cases.ts";
import { FakeSystem } from "./fake_system.ts";
import { judge } from "./judge.ts";
import { randomModule } from "./modules.ts";
import { randomStateFile } from "./state_files.ts";

/** How much is tried. */
export interface FuzzOptions {
  readonly seed: number;
  readonly inputs: number;
  /** No input is tried after this. */
  readonly budgetMs?: number;
}

/** What was tried and found. */
export interface FuzzReport {
  /** How many inputs of each kind. */
  readonly tried: Readonly<Record<string, number>>;
  /** How often each exit code came of them. */
  readonly codes: Readonly<Record<string, number>>;
  /** What went wrong, with the seeds. */
  readonly problems: readonly string[];
}

/** No input takes longer. */
const LIMIT_MS = 10_000;
const MODULE = `
  import { mark } from "${new URL("../../mod.ts", import.meta.url).href}";
  export const alpha = mark({ tags: ["x"] }, () => 1);
  export const beta = mark({ after: ["alpha"], tags: ["x", "y"] }, (state) => state.results.alpha);
`;

/** Of all inputs, so many are about cases: they are tried without a run, so they take no time. */
const CASES = 0.5;

interface Input {
  readonly kind: "arguments" | "state file" | "module" | "process";
  readonly args: readonly string[];
  readonly files?: ReadonlyMap<string, string>;
  /** What it is about, for people who look into it. */
  readonly text: string;
}

/** See the head of this file. */
export async function fuzz(
  { seed, inputs, budgetMs = Infinity }: FuzzOptions,
): Promise<FuzzReport> {
  const folder = await Deno.realPath(await Deno.makeTempDir({ prefix: "thread-order-fuzz-" }));
  const tried: Record<string, number> = {};
  const codes: Record<string, number> = {};
  const problems: string[] = [];
  const endMs = performance.now() + budgetMs;
  // What an input leaves behind may come up when the command is over: then it would have ended.
  const forgive = (event: Event) => event.preventDefault();
  const types = ["unhandledrejection", "error"];
  for (const type of types) globalThis.addEventListener(type, forgive);
  try {
    await Deno.writeTextFile(`${folder}/module.js`, MODULE);
    for (let i = 0; i < inputs && performance.now() < endMs; i++) {
      const one = inputs === 1 ? seed : seedOf(seed, i);
      const random = new Random(~one); // not that of the other kinds, which decides which of them it is
      if (random.chance(CASES)) {
        tried.cases = (tried.cases ?? 0) + 1;
        const problem = tryCases(random);
        if (problem) problems.push(`--seed=${one} --inputs=1 (cases): ${problem}`);
        continue;
      }
      const input = await makeInput(one, folder);
      tried[input.kind] = (tried[input.kind] ?? 0) + 1;
      const { code, problem } = await tryOne(input, folder);
      codes[code] = (codes[code] ?? 0) + 1;
      if (problem) {
        problems.push(`--seed=${one} --inputs=1 (${input.kind}): ${problem}: ${input.text}`);
      }
    }
  } finally {
    for (const type of types) globalThis.removeEventListener(type, forgive);
    await Deno.remove(folder, { recursive: true });
  }
  return { tried, codes, problems };
}

async function makeInput(seed: number, folder: string): Promise<Input> {
  const random = new Random(seed);
  const roll = random.next();
  if (roll < 0.5) {
    const args = randomArguments(random);
    const kind = roll < 0.003 ? "process" : "arguments";
    return { kind, args, text: JSON.stringify(args).slice(0, 500) };
  }
  if (roll < 0.75) {
    const { name, text } = randomStateFile(random);
    const args = ["module.js", "--workers=0", `--state-file=${name}`];
    return { kind: "state file", args, files: new Map([[name, text]]), text: text.slice(0, 300) };
  }
  const text = randomModule(random);
  const file = `m${seed}.js`; // a module that was imported stays as it was
  await Deno.writeTextFile(`${folder}/${file}`, text);
  const how = random.pick([["--workers=0", "--timeout=50ms"], ["--list"], ["--dry-run"], [
    "--graph",
  ]]);
  const kind = roll > 0.997 ? "process" : "module";
  return { kind, args: [file, ...how], text };
}

async function tryOne({ kind, args, files }: Input, folder: string) {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), LIMIT_MS);
  });
  const system = new FakeSystem(folder, files);
  const isProcess = kind === "process" && !args.some((arg) => arg.includes("\0"));
  const end = isProcess
    ? tdrun(args, { folder }).then((it) => ({
      code: it.code,
      said: { err: it.stderr, out: it.stdout },
    }))
    : main(args, system).then((code) => ({ code, said: system.said }));
  const ended = await Promise.race([end, late]);
  clearTimeout(timer);
  if (ended === undefined) return { code: "late", problem: `no end within ${LIMIT_MS} ms` };
  const { code, said } = ended;
  const problem = judge(code, said, args);
  return { code, problem: problem && `${problem}: ${JSON.stringify(said.err.slice(0, 600))}` };
}

if (import.meta.main) {
  const { exit } = Deno; // an input must not be what ends this
  const option = (name: string, usual: number) =>
    Number(Deno.args.find((arg) => arg.startsWith(`--${name}=`))?.slice(name.length + 3) ?? usual);
  const print = (line: string) => Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));
  const seed = option("seed", crypto.getRandomValues(new Uint32Array(1))[0]!);
  print(`deno task fuzz --seed=${seed}`);
  const report = await fuzz({ seed, inputs: option("inputs", 5_000) });
  print(Deno.inspect(report, { iterableLimit: 1_000, strAbbreviateSize: 4_000 }));
  exit(report.problems.length === 0 ? 0 : 1);
}
