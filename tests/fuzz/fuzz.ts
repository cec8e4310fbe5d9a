/**
 * Fuzzing with command lines, state files, modules, and names and values of cases. For every input
 * the command exits with a documented code, and an error is one line.
 *
 *     deno task fuzz [--inputs=5000] [--seed=N]
 *
 * Every problem is reported with its seed: `deno task fuzz --seed=SEED --inputs=1` reproduces it.
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

/** Options of {@linkcode fuzz}. */
export interface FuzzOptions {
  readonly seed: number;
  readonly inputs: number;
  /** Time after which no new input is tried, in ms. */
  readonly budgetMs?: number;
}

/** The result of {@linkcode fuzz}. */
export interface FuzzReport {
  /** Number of inputs, by kind. */
  readonly tried: Readonly<Record<string, number>>;
  /** Number of inputs, by exit code. */
  readonly codes: Readonly<Record<string, number>>;
  /** Problems, with their seeds. */
  readonly problems: readonly string[];
}

/** Time limit of one input, in ms. */
const LIMIT_MS = 30_000;
const MODULE = `
  import { mark } from "${new URL("../../mod.ts", import.meta.url).href}";
  export const alpha = mark({ tags: ["x"] }, () => 1);
  export const beta = mark({ after: ["alpha"], tags: ["x", "y"] }, (state) => state.results.alpha);
`;

/** Share of inputs with cases: they need no run, and are fast. */
const CASES = 0.5;

interface Input {
  readonly kind: "arguments" | "state file" | "module" | "process";
  readonly args: readonly string[];
  readonly files?: ReadonlyMap<string, string>;
  /** Description of the input, for debugging. */
  readonly text: string;
}

/** Runs the command with random inputs. */
export async function fuzz(
  { seed, inputs, budgetMs = Infinity }: FuzzOptions,
): Promise<FuzzReport> {
  const root = await Deno.realPath(await Deno.makeTempDir({ prefix: "thread-order-fuzz-" }));
  // Deep in a folder of its own: `tdrun ..` runs the modules of the folders above.
  const folder = `${root}/a/b/c`;
  await Deno.mkdir(folder, { recursive: true });
  const tried: Record<string, number> = {};
  const codes: Record<string, number> = {};
  const problems: string[] = [];
  const endMs = performance.now() + budgetMs;
  // Leaked promises of an input may reject after the command, when its process would have exited.
  const forgive = (event: Event) => event.preventDefault();
  const types = ["unhandledrejection", "error"];
  for (const type of types) globalThis.addEventListener(type, forgive);
  try {
    await Deno.writeTextFile(`${folder}/module.js`, MODULE);
    for (let i = 0; i < inputs && performance.now() < endMs; i++) {
      const one = inputs === 1 ? seed : seedOf(seed, i);
      const random = new Random(~one); // independent of the Random that selects the kind
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
    await Deno.remove(root, { recursive: true });
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
  const file = `m${seed}.js`; // imported modules are cached by URL
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
      output: { err: it.stderr, out: it.stdout },
    }))
    : main(args, system).then((code) => ({ code, output: system.output }));
  const ended = await Promise.race([end, late]);
  clearTimeout(timer);
  if (ended === undefined) return { code: "late", problem: `still running after ${LIMIT_MS} ms` };
  const { code, output } = ended;
  const problem = judge(code, output, args);
  return { code, problem: problem && `${problem}: ${JSON.stringify(output.err.slice(0, 600))}` };
}

if (import.meta.main) {
  const { exit } = Deno; // inputs may replace Deno.exit
  const option = (name: string, fallback: number) =>
    Number(
      Deno.args.find((arg) => arg.startsWith(`--${name}=`))?.slice(name.length + 3) ?? fallback,
    );
  const print = (line: string) => Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));
  const seed = option("seed", crypto.getRandomValues(new Uint32Array(1))[0]!);
  print(`deno task fuzz --seed=${seed}`);
  const report = await fuzz({ seed, inputs: option("inputs", 5_000) });
  print(Deno.inspect(report, { iterableLimit: 1_000, strAbbreviateSize: 4_000 }));
  exit(report.problems.length === 0 ? 0 : 1);
}
