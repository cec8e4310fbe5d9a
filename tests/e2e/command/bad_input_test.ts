/**
 * A request that is wrong: one line on standard error that begins with `Error: `, nothing on standard
 * output, exit code 2; or 4 where it leaves nothing to run.
 */
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { assertJunit } from "../../support/junit_schema.ts";
import {
  bash,
  type Ended,
  LIBRARY,
  RunningCommand,
  script,
  tdrunLine,
  TestSpace,
} from "../../support/command.ts";

const ONE_TASK = "export const alpha = mark({ tags: 'x' }, () => {});";

interface Refusal {
  readonly when: string;
  readonly args?: readonly string[];
  readonly module?: string;
  /** Other files. */
  readonly files?: Readonly<Record<string, string>>;
  readonly code?: number;
  readonly says: RegExp;
}

function refused({ when, args = ["module.ts"], module = ONE_TASK, ...expected }: Refusal): void {
  const { code = 2, says, files = {} } = expected;
  Deno.test(`exit ${code} and one line: ${when}`, async () => {
    await using space = await TestSpace.create();
    await space.module("module.ts", module);
    for (const [name, text] of Object.entries(files)) await space.file(name, text);
    assertRefused(await space.tdrun(args), code, says);
  });
}

function assertRefused({ code, stdout, stderr }: Ended, expected: number, says: RegExp): void {
  const lines = stderr.split("\n");
  assertEquals(lines.length, 2, `one line, but it is:\n${stderr}`);
  assertMatch(stderr, /^Error: /);
  assertMatch(stderr, says);
  assertEquals([code, stdout], [expected, ""]);
}

Deno.test("exit 2 and one line: a package that is not in the cache, and may not be fetched", async () => {
  await using space = await TestSpace.create();
  await space.module("module.ts", ONE_TASK);
  const [deno = "", run = "", ...others] = tdrunLine(["module.ts"]);
  const { ended } = new RunningCommand([deno, run, "--cached-only", ...others], {
    folder: space.folder,
    env: { DENO_DIR: `${space.folder}/cache` },
  });
  const says =
    /Cannot load the package [\w/@-]+: not in Deno's cache; run "deno cache .*offline\.\w+"/;
  assertRefused(await ended, 2, says);
});

// The command line.
refused({ when: "no module", args: [], says: /No module given/ });
for (const file of ["module.ts", "./module.ts", "a/../module.ts"]) {
  refused({
    when: `a report where the module is: ${file}`,
    args: ["module.ts", `--reporter=html=${file}`],
    says: /Cannot write the html report to ".*module\.ts": that is the module/,
  });
}
refused({
  when: "the state where the module is",
  args: ["module.ts", "--state-out=module.ts", "--dry-run"],
  says: /Cannot write the state to "module\.ts": that is the module/,
});
refused({
  when: "a report where the state file is",
  args: ["module.ts", "--state-file=s.json", "--reporter=json=./s.json"],
  files: { "s.json": "{}" },
  says: /Cannot write the json report to "\.\/s\.json": that is the state file/,
});
for (
  const [option, kept] of [
    ["--reporter=json=v.json", "file that a value is read from"],
    ["--state-out=v.json", "file that a value is read from"],
    ["--reporter=json=deno.json", "project's configuration"],
    ["--state-out=sub/../package.json", "project's configuration"],
    ["--reporter=tap=soft.ts", "module"],
    ["--reporter=tap=hard.ts", "module"],
    ["--reporter=tap=folder/module.ts", "module"],
    ["--state-out=out.log", "standard output"],
  ] as const
) {
  Deno.test(`exit 2 and one line: what a run is made of is not written over, ${option}`, async () => {
    await using space = await TestSpace.create();
    await space.module("module.ts", ONE_TASK);
    const files = { "v.json": "7", "deno.json": "{}", "package.json": "{}", "out.log": "" };
    for (const [name, text] of Object.entries(files)) await space.file(name, text);
    await Deno.mkdir(`${space.folder}/sub`);
    await Deno.symlink("module.ts", `${space.folder}/soft.ts`);
    await Deno.symlink(".", `${space.folder}/folder`);
    await Deno.link(`${space.folder}/module.ts`, `${space.folder}/hard.ts`);
    const args = ["module.ts", "--k:=@v.json", "--result-alpha:=@v.json", option];
    const ended = await bash(`"$@" >> out.log`, args, { folder: space.folder });
    assertRefused(ended, 2, new RegExp(`^Error: Cannot write .* to ".*": that is the ${kept}\n`));
    assertEquals(await Deno.readTextFile(`${space.folder}/v.json`), "7");
  });
}
for (
  const [args, both] of [
    [
      ["--reporter=tap=a", "--reporter=json=./b/../a"],
      'the tap report and the json report to "./b/../a"',
    ],
    [["--reporter=json=./a", "--state-out=a"], 'the json report and the state to "a"'],
    [["--reporter=json=a", "--reporter=tap=hard"], 'the json report and the tap report to "hard"'],
    [["--reporter=json=a", "--reporter=tap=soft"], 'the json report and the tap report to "soft"'],
    [["--reporter=json=new", "--reporter=tap=folder/new"], '.* and the tap report to "folder/new"'],
    [
      ["--log", "--reporter=lines=tdrun_main.log"],
      'the lines report and the log to "tdrun_main.log"',
    ],
  ] as const
) {
  Deno.test(`exit 2 and one line: one file is not written by two, ${args.join(" ")}`, async () => {
    await using space = await TestSpace.create();
    await space.module("module.ts", ONE_TASK);
    await space.file("a", "");
    await Deno.link(`${space.folder}/a`, `${space.folder}/hard`);
    await Deno.symlink("a", `${space.folder}/soft`);
    await Deno.symlink(".", `${space.folder}/folder`);
    const ended = await space.tdrun(["module.ts", ...args]);
    assertRefused(ended, 2, new RegExp(`^Error: Cannot write both ${both}\n`));
  });
}
for (
  const [what, args, module] of [
    ["a syntax error", ["module.ts"], "export const a = mark(() => {"],
    ["an unknown task", ["module.ts::alhpa"], ONE_TASK],
    ["a wrong state file", ["module.ts", "--state-file=none.json"], ONE_TASK],
  ] as const
) {
  Deno.test(`exit 2: ${what} is in the report, and none of another day`, async () => {
    await using space = await TestSpace.create();
    await space.file("x.xml", "<testsuite/>");
    await space.module("module.ts", module);
    const { code } = await space.tdrun([...args, "--reporter=junit=x.xml"]);
    assertEquals(code, 2);
    const xml = await Deno.readTextFile(`${space.folder}/x.xml`);
    assertJunit(xml);
    assertMatch(xml, /tests="1" failures="0" errors="1"/);
    assertMatch(xml, /<error type="UsageError" message="Cannot /);
  });
}
refused({
  when: "a report of lines to the standard output, which another report has",
  args: ["module.ts", "--reporter=json", "--reporter=lines=/dev/stdout"],
  says: /Cannot write the lines report to "\/dev\/stdout": that is the standard output/,
});
refused({ when: "two modules", args: ["module.ts", "b.ts"], says: /Unexpected argument "b\.ts"/ });
refused({ when: "--workers=-1", args: ["module.ts", "--workers=-1"], says: /whole number/ });
refused({ when: "--workers=x", args: ["module.ts", "--workers=x"], says: /whole number/ });
refused({ when: "--workers=1.5", args: ["module.ts", "--workers=1.5"], says: /whole number/ });
refused({
  when: "--workers=64",
  args: ["module.ts", "--workers=64"],
  says: /whole number from 0 to 63/,
});
refused({
  when: "--workers alone",
  args: ["module.ts", "--workers"],
  says: /--workers without a value/,
});
refused({
  when: "an unknown option, with a suggestion",
  args: ["module.ts", "--verbos"],
  says: /Unknown option --verbos; did you mean --verbose\?/,
});
refused({
  when: "an unknown option without a likeness",
  args: ["module.ts", "--zzz"],
  says: /Unknown option --zzz; set state with --key=value/,
});
refused({ when: "an unknown short option", args: ["module.ts", "-x"], says: /-x/ });
refused({
  when: "--key:=json that is none",
  args: ["module.ts", "--n:={"],
  says: /--n:=\{ as JSON/,
});
refused({
  when: "a reserved key",
  args: ["module.ts", "--results=1"],
  says: /state\.results on the command line: .* reserved/,
});
refused({ when: "a key with _", args: ["module.ts", "--_x=1"], says: /state\._x .* reserved/ });

refused({
  when: "a format that there is not",
  args: ["module.ts", "--graph=dott"],
  says: /Cannot use --graph=dott: expected one of .*; did you mean dot\?/,
});
refused({
  when: "a flag with a value",
  args: ["module.ts", "--log=a.txt"],
  says: /Cannot use --log=a\.txt: --log takes no value/,
});
refused({
  when: "tags that cannot be read, before the module is",
  args: ["missing.ts", "--tags=a and (b"],
  says: /Cannot read the tags "a and \(b": "\)" is missing for "\(" \(character 7\)/,
});
refused({
  when: "a wrong value with a line break in it",
  args: ["module.ts", "--output=li\nve"],
  says: /Cannot use --output=li\\nve: expected one of/,
});
refused({
  when: "two ways of not running",
  args: ["module.ts", "--list", "--dry-run"],
  says: /Cannot use --list and --dry-run together/,
});
refused({
  when: "completions of a shell that is not known",
  args: ["--completions", "tcsh"],
  says: /Cannot use --completions=tcsh: expected one of bash, zsh, fish/,
});

// The module.
refused({
  when: "a module that does not exist",
  args: ["missing.ts"],
  says: /Cannot load module "missing\.ts": no such file/,
});
refused({
  when: "a module without its ending",
  args: ["module"],
  says: /Cannot load module "module": no such file; did you mean "module\.ts"\?/,
});
refused({
  when: "a folder",
  args: ["."],
  says: /Cannot load module "\.": expected a regular file, got a folder/,
});
for (const name of ["pipe.ts", "link.ts"]) {
  for (const args of [[], ["--list"]]) {
    Deno.test(`exit 2 and one line: ${name}, a pipe, as the module, ${args}`, async () => {
      await using space = await TestSpace.create();
      await new Deno.Command("mkfifo", { args: [`${space.folder}/pipe.ts`] }).output();
      await Deno.symlink("pipe.ts", `${space.folder}/link.ts`);
      const says = new RegExp(`Cannot load module "${name}": expected a regular file, got a pipe`);
      assertRefused(await space.tdrun([name, ...args]), 2, says);
    });
  }
}
Deno.test("a failed run ends where a stack names a pipe as its source", async () => {
  await using space = await TestSpace.create();
  await new Deno.Command("mkfifo", { args: [`${space.folder}/pipe.ts`] }).output();
  const { code, stdout } = await space.tdrunModule(`
    export const a = mark(() => {
      const error = new Error("no");
      error.stack = "Error: no\\n    at f (" + new URL("pipe.ts", import.meta.url) + ":1:1)";
      throw error;
    });`);
  assertStringIncludes(stdout, "at f (pipe.ts:1:1)");
  assertEquals(code, 1);
});
refused({
  when: "a syntax error",
  module: "export const a = mark(() => {",
  says: /Cannot load module "module\.ts": SyntaxError: .*module\.ts:\d+:\d+/,
});
refused({
  when: "a module that throws while loading",
  module: "throw new TypeError('on purpose\\nsecond line');",
  says: /Cannot load module "module\.ts": it threw TypeError: on purpose at .*module\.ts:2:7/,
});
refused({
  when: "a module that throws no error while loading",
  module: "throw 'text';",
  says: /Cannot load module "module\.ts": it threw "text"/,
});
refused({
  when: "an import that does not exist",
  module: "import './gone.ts';",
  says: /Cannot load module "module\.ts": .*gone\.ts/,
});
refused({
  when: "a hook that is no function",
  module: `${ONE_TASK} export const setupState = 3;`,
  says: /"setupState": a hook must be a function/,
});
refused({
  when: "setupState throws",
  module: `${ONE_TASK} export const setupState = () => { throw new Error("not ready"); };`,
  says: /setupState failed: Error: not ready/,
});
refused({
  when: "highlights that are none",
  module: `${ONE_TASK} export const addLoggingHighlights = () => [["text", "red"]];`,
  says: /item 0: expected a RegExp, got/,
});
refused({
  when: "a highlight of an unknown colour",
  module: `${ONE_TASK} export const addLoggingHighlights = () => [[/x/, "gren"]];`,
  says: /did you mean "green"\?/,
});
refused({
  when: "mark with after that is no array",
  module: "export const a = mark({ after: 'b' }, () => {});",
  says: /it threw TypeError: .*expected an array/,
});
refused({
  when: "after a function that is no task",
  module: "const helper = () => {}; export const a = mark({ after: [helper] }, () => {});",
  says: /"a" depends on the function helper, which is not an exported task/,
});

// The graph.
refused({
  when: "a cycle",
  module: `
    export const a = mark({ after: ["b"] }, () => {});
    export const b = mark({ after: ["c"] }, () => {});
    export const c = mark({ after: ["a"] }, () => {});`,
  says: /Cannot order tasks: "a" -> "b" -> "c" -> "a" is a cycle|Cannot order tasks: .* is a cycle/,
});
refused({
  when: "a task after itself",
  module: `export const a = mark({ after: ["a"] }, () => {});`,
  says: /Cannot order tasks: "a" -> "a" is a cycle/,
});
refused({
  when: "an unknown dependency, with a suggestion",
  module: `${ONE_TASK} export const beta = mark({ after: ["alpah"] }, () => {});`,
  says: /"beta" depends on "alpah", which is not a task; did you mean "alpha"\?/,
});
refused({
  when: "a name twice",
  module: `
    export class One { @mark() static same() {} }
    export class Two { @mark() static same() {} }`,
  says: /Cannot order tasks: "same" is registered twice/,
});

// What to run.
refused({
  when: "an unknown task, with a suggestion",
  args: ["module.ts::alhpa"],
  says: /Cannot run "alhpa": the module has no such task; did you mean "alpha"\?/,
});
refused({ when: "no task after ::", args: ["module.ts::"], says: /no task after "::"/ });
refused({
  when: "a glob of no task",
  args: ["module.ts::b*"],
  says: /Cannot run "b\*": no task of the module matches/,
});
refused({
  when: "an unknown task to leave out",
  args: ["module.ts", "--exclude=alhpa"],
  says: /Cannot exclude "alhpa": the module has no such task; did you mean "alpha"\?/,
});
refused({
  when: "a mock of an unknown task",
  args: ["module.ts", "--result-alhpa=1"],
  says: /Cannot mock "alhpa": the module has no such task; did you mean "alpha"\?/,
});

// The state file.
const stateFile = (name: string) => ["module.ts", "--state-file", name];
refused({
  when: "a missing state file",
  args: stateFile("no.json"),
  says: /"no\.json": no such file/,
});
refused({
  when: "a state file that is an array",
  args: stateFile("s.json"),
  files: { "s.json": "[1]" },
  says: /"s\.json": it holds an array, not an object/,
});
refused({
  when: "a state file that is null",
  args: stateFile("s.yaml"),
  files: { "s.yaml": "" },
  says: /"s\.yaml": it holds null, not an object/,
});
refused({
  when: "a state file that is no JSON",
  args: stateFile("s.json"),
  files: { "s.json": "{ a:\n 1 }" },
  says: /Cannot read the state file "s\.json": .* is not valid JSON|Expected .*/,
});
refused({
  when: "a state file that is no YAML",
  args: stateFile("s.yaml"),
  files: { "s.yaml": "a: [1\nb: }" },
  says: /Cannot read the state file "s\.yaml": .* at line 2, column \d+\n/,
});
refused({
  when: "a state file with a reserved key",
  args: stateFile("s.json"),
  files: { "s.json": '{ "results": {} }' },
  says: /state\.results in the state file "s\.json"/,
});
refused({
  when: "a state file with a key that begins with _",
  args: stateFile("s.json"),
  files: { "s.json": '{ "_state_lock": 1 }' },
  says: /state\._state_lock in the state file/,
});

// Nothing to run.
refused({
  when: "no marked function",
  module: "export const a = () => {};",
  code: 4,
  says: /"module\.ts" exports no marked function$/m,
});
refused({
  when: "no marked function, in a file whose name a URL writes otherwise",
  args: ["my module é.ts"],
  files: { "my module é.ts": "export const a = () => {};" },
  code: 4,
  says: /"my module é\.ts" exports no marked function$/m,
});
refused({
  when: "@mark above a plain function, with what to write instead",
  module: "@mark()\nexport function a() {}",
  code: 4,
  says: /TypeScript ignores decorators: write `export const name = mark\(\(\) => …\)`/,
});
refused({
  when: "the same on one line",
  module: "@mark({ after: [] }) export async function a() {}",
  code: 4,
  says: /TypeScript ignores decorators: write/,
});
refused({
  when: "a tag that no task has, with those there are",
  args: ["module.ts", "--tags=y"],
  code: 4,
  says: /no task has the tag "y"; the tags are "x"/,
});
refused({
  when: "a list of nothing",
  args: ["module.ts", "--list", "--exclude=*"],
  code: 4,
  says: /Nothing to run: every task is excluded/,
});
refused({
  when: "every task mocked",
  args: ["module.ts", "--result-alpha=1"],
  code: 4,
  says: /every task is mocked/,
});

Deno.test("--verbose adds the stack trace to the line", async () => {
  await using space = await TestSpace.create();
  const { code, stderr } = await space.tdrun(["missing.ts", "--verbose"]);
  assertMatch(stderr, /^Error: Cannot load module/);
  assertStringIncludes(stderr, "\n    at ");
  assertEquals(code, 2);
});

Deno.test("--help and --version go to standard output, exit 0", async () => {
  await using space = await TestSpace.create();
  const help = await space.tdrun(["--help"]);
  for (const text of ["--workers", "--state-file", "--key:=json", "130 interrupted"]) {
    assertStringIncludes(help.stdout, text);
  }
  assertEquals([help.code, help.stderr], [0, ""]);
  const version = await space.tdrun(["--version"]);
  assertMatch(version.stdout, /^\d+\.\d+\.\d+\n$/);
  assertEquals([version.code, version.stderr], [0, ""]);
});

Deno.test("exit 2 and one line: a Deno that is too old, for the command and for a program", async () => {
  await using space = await TestSpace.create();
  await space.module("module.ts", ONE_TASK);
  await space.file(
    "old.ts",
    `Object.defineProperty(Deno, "version", { value: { ...Deno.version, deno: "2.4.1" } });`,
  );
  await space.file(
    "program.ts",
    `import "./old.ts";
    import { Scheduler } from "${LIBRARY}";
    await new Scheduler().start().catch(({ name, message }) => console.log(name + ": " + message));`,
  );
  const says = `thread-order needs Deno 2.9 or later, and this is 2.4.1: run "deno upgrade"\n`;
  const line = tdrunLine(["module.ts"]);
  const old = [...line.slice(0, 2), "--preload", "./old.ts", ...line.slice(2)];
  const { code, stdout, stderr } = await new RunningCommand(old, { folder: space.folder }).ended;
  assertEquals([code, stdout, stderr], [2, "", `Error: ${says}`]);
  const program = await script("program.ts", { folder: space.folder });
  assertEquals(program.stdout, `UsageError: Cannot start the scheduler: ${says}`, program.stderr);
});

for (
  const [where, source, call = "Deno.exit("] of [
    ["at its top level", `export const a = mark(() => 1); Deno.exit(0);`],
    ["in a hook", `export function setupState() { Deno.exit(); } export const a = mark(() => 1);`],
    [
      "in a timer",
      `export function setupState() { setTimeout(() => Deno.exit(0), 50); }
       export const a = mark(() => new Promise((resolve) => setTimeout(resolve, 5000)));`,
    ],
    ["by Node's name", `export const a = mark(() => 1); process.exit(0);`, "process.exit(0)"],
    ["by its window", `export const a = mark(() => 1); self.close();`, "self.close()"],
    [
      "by its window in a hook",
      `export const setupState = () => close(); export const a = mark(() => 1);`,
      "self.close()",
    ],
  ] as const
) {
  Deno.test(`tdrun: a module that ends the process ${where} has not passed`, async () => {
    await using space = await TestSpace.create();
    await space.module("exits.ts", source);
    const { code, stderr } = await space.tdrun(["exits.ts"]);
    assertEquals(code, 2);
    assertStringIncludes(stderr, `one of its hooks called ${call}`);
  });
}

Deno.test("tdrun: a module that ends the process with a code of its own is left it", async () => {
  await using space = await TestSpace.create();
  await space.module("exits.ts", `Deno.exit(7);`);
  assertEquals((await space.tdrun(["exits.ts"])).code, 7);
});
