/**
 * The same build for three runners: four packages, each with four steps. A step is a command that
 * reads sources, writes a file and adds its name to `ran.log`.
 */

/** The packages, with the packages that each imports. */
const PACKAGES: Readonly<Record<string, readonly string[]>> = {
  text: [],
  dates: [],
  table: ["text"],
  app: ["dates", "table"],
};

/** Number of sources of each package. */
const SOURCES = 20;

/** A step of a package. */
interface Step {
  readonly name: string;
  readonly package: string;
  readonly kind: string;
  readonly after: readonly string[];
  /** Globs of the sources that it reads. */
  readonly files: readonly string[];
}

function closure(name: string): string[] {
  return [...new Set([name, ...PACKAGES[name]!.flatMap(closure)])];
}

function stepsOf(name: string): Step[] {
  const all = closure(name).map((it) => `src/${it}/*.txt`);
  const step = (kind: string, after: readonly string[], files: readonly string[]): Step => ({
    name: `${kind}:${name}`,
    package: name,
    kind,
    after,
    files,
  });
  return [
    step("check", PACKAGES[name]!.map((it) => `check:${it}`), all),
    step("test", [`check:${name}`], all),
    step("bundle", [`check:${name}`], all),
    step("docs", [], [`src/${name}/*.txt`]),
  ];
}

const STEPS = Object.keys(PACKAGES).flatMap(stepsOf);
/** Number of steps of the build. */
export const STEP_COUNT = STEPS.length;
/** Number of steps that read the source {@linkcode EDITED}. */
export const EDITED_COUNT = STEPS.filter(({ files }) => files.includes("src/text/*.txt")).length;
/** The source that the bench edits. */
export const EDITED = "src/text/0.txt";

/** The program of each step. */
const PROGRAM = `
const [kind, name, ...packages] = Deno.args;
let text = "";
for (const it of packages) {
  const files = Array.from(Deno.readDirSync("src/" + it), ({ name }) => name).sort();
  for (const file of files) text += Deno.readTextFileSync("src/" + it + "/" + file);
}
Deno.mkdirSync("out/" + kind + "/" + name, { recursive: true });
Deno.writeTextFileSync("out/" + kind + "/" + name + "/joined.txt", text);
Deno.writeTextFileSync("ran.log", kind + ":" + name + "\\n", { append: true });
`;

function argsOf({ kind, package: name, files }: Step): string[] {
  const packages = files.map((it) => it.split("/")[1]!);
  return ["run", "-A", "--no-config", "step.js", kind, name, ...packages];
}

const outputOf = ({ kind, package: name }: Step) => `out/${kind}/${name}/**`;
const commandOf = (step: Step) => `"${Deno.execPath()}" ${argsOf(step).join(" ")}`;

/** Writes the sources, and the build in the language of each runner. */
export async function writeProject(folder: string): Promise<void> {
  for (const name of Object.keys(PACKAGES)) {
    await Deno.mkdir(`${folder}/src/${name}`, { recursive: true });
    for (let i = 0; i < SOURCES; i++) {
      await Deno.writeTextFile(`${folder}/src/${name}/${i}.txt`, `${name} ${i}\n`.repeat(100));
    }
  }
  const files = {
    "step.js": PROGRAM,
    "build.js": tasksModule(),
    "deno.json": JSON.stringify({ lock: false, tasks: declaredSteps() }),
    "package.json": JSON.stringify({ private: true, ...wireitScripts() }),
  };
  for (const [name, text] of Object.entries(files)) {
    await Deno.writeTextFile(`${folder}/${name}`, text);
  }
}

function tasksModule(): string {
  return `import { mark, markAll } from "@thread-order/cli";
const steps = ${
    JSON.stringify(STEPS.map((it) => ({ ...it, args: argsOf(it), out: outputOf(it) })))
  };
export const build = markAll(Object.fromEntries(steps.map(({ name, after, files, args, out }) => [
  name,
  mark({ after, cache: { files, outputs: [out] } }, async (_state, task) => {
    const { success } = await new Deno.Command(Deno.execPath(), { args, signal: task.signal }).output();
    if (!success) throw new Error(name + " failed");
  }),
])));`;
}

/** The steps as `deno task` and wireit declare them, alike. */
function declaredSteps(): Record<string, unknown> {
  const steps = STEPS.map((step) => [step.name, {
    command: commandOf(step),
    dependencies: step.after,
    files: step.files,
    output: [outputOf(step)],
  }]);
  return {
    ...Object.fromEntries(steps),
    build: { dependencies: STEPS.map(({ name }) => name) },
  };
}

function wireitScripts(): Record<string, unknown> {
  const names = ["build", ...STEPS.map(({ name }) => name)];
  return {
    scripts: Object.fromEntries(names.map((name) => [name, "wireit"])),
    wireit: declaredSteps(),
  };
}
