/**
 * Invalid requests: one line on standard error that begins with `Error: `, below it the source line
 * of a module that cannot be loaded, nothing on standard output, and exit code 2, or 4 if there is
 * nothing to run.
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

interface InvalidRequest {
  readonly when: string;
  readonly args?: readonly string[];
  readonly module?: string;
  /** Other files. */
  readonly files?: Readonly<Record<string, string>>;
  readonly code?: number;
  readonly message: RegExp;
  /** The source line and the line with the caret. */
  readonly excerpt?: string;
}

function testError(
  { when, args = ["module.ts"], module = ONE_TASK, ...expected }: InvalidRequest,
): void {
  const { code = 2, message, excerpt, files = {} } = expected;
  Deno.test(`tdrun exits ${code} with one line when ${when}`, async () => {
    await using space = await TestSpace.create();
    await space.module("module.ts", module);
    for (const [name, text] of Object.entries(files)) await space.file(name, text);
    const { stderr, ...ended } = await space.tdrun(args);
    if (excerpt !== undefined) assertStringIncludes(stderr, `\n${excerpt}\n`);
    const error = excerpt === undefined ? stderr : stderr.replace(`${excerpt}\n`, "");
    assertError({ ...ended, stderr: error }, code, message);
  });
}

function assertError({ code, stdout, stderr }: Ended, expected: number, message: RegExp): void {
  const lines = stderr.split("\n");
  assertEquals(lines.length, 2, `one line, but it is:\n${stderr}`);
  assertMatch(stderr, /^Error: /);
  assertMatch(stderr, message);
  assertEquals([code, stdout], [expected, ""]);
}

Deno.test("tdrun exits 2 with one line when --cached-only lacks a package", async () => {
  await using space = await TestSpace.create();
  await space.module("module.ts", ONE_TASK);
  // Without threads: for a thread, Deno prints lines of its own about the package first.
  const [deno = "", run = "", ...others] = tdrunLine(["module.ts", "--list"]);
  const { ended } = new RunningCommand([deno, run, "--cached-only", ...others], {
    folder: space.folder,
    env: { DENO_DIR: `${space.folder}/cache` },
  });
  const message =
    /Cannot load the package [\w/@-]+: not in Deno's cache; run "deno cache .*offline\.\w+"/;
  assertError(await ended, 2, message);
});

// The command line.
testError({ when: "no module is given", args: [], message: /No module given/ });
for (const file of ["module.ts", "./module.ts", "a/../module.ts"]) {
  testError({
    when: `a report would overwrite the module: ${file}`,
    args: ["module.ts", `--reporter=html=${file}`],
    message: /Cannot write the html report to ".*module\.ts": that is the module/,
  });
}
testError({
  when: "--state-out is the module",
  args: ["module.ts", "--state-out=module.ts", "--dry-run"],
  message: /Cannot write the state to "module\.ts": that is the module/,
});
testError({
  when: "the file of a report is the state file",
  args: ["module.ts", "--state-file=s.json", "--reporter=json=./s.json"],
  files: { "s.json": "{}" },
  message: /Cannot write the json report to "\.\/s\.json": that is the state file/,
});
for (
  const [option, existing] of [
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
  Deno.test(`tdrun exits 2 with one line when ${option} overwrites the ${existing}`, async () => {
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
    assertError(ended, 2, new RegExp(`^Error: Cannot write .* to ".*": that is the ${existing}\n`));
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
  Deno.test(`tdrun exits 2 with one line when files clash: ${args.join(" ")}`, async () => {
    await using space = await TestSpace.create();
    await space.module("module.ts", ONE_TASK);
    await space.file("a", "");
    await Deno.link(`${space.folder}/a`, `${space.folder}/hard`);
    await Deno.symlink("a", `${space.folder}/soft`);
    await Deno.symlink(".", `${space.folder}/folder`);
    const ended = await space.tdrun(["module.ts", ...args]);
    assertError(ended, 2, new RegExp(`^Error: Cannot write both ${both}\n`));
  });
}
for (
  const [error, args, module] of [
    ["a syntax error", ["module.ts"], "export const a = mark(() => {"],
    ["an unknown task", ["module.ts::alhpa"], ONE_TASK],
    ["a missing state file", ["module.ts", "--state-file=none.json"], ONE_TASK],
  ] as const
) {
  Deno.test(`--reporter=junit replaces an old report when there is ${error}`, async () => {
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
testError({
  when: "two reports go to standard output",
  args: ["module.ts", "--reporter=json", "--reporter=lines=/dev/stdout"],
  message: /Cannot write the lines report to "\/dev\/stdout": that is the standard output/,
});
testError({
  when: "a second module does not exist",
  args: ["module.ts", "b.ts"],
  message: /Cannot load module "b\.ts": no such file/,
});
testError({
  when: "a word follows the module",
  args: ["module.ts", "b"],
  message: /Unexpected argument "b": expected a module, such as build\.ts/,
});
testError({
  when: "--workers is -1",
  args: ["module.ts", "--workers=-1"],
  message: /whole number/,
});
testError({ when: "--workers is x", args: ["module.ts", "--workers=x"], message: /whole number/ });
testError({
  when: "--workers is 1.5",
  args: ["module.ts", "--workers=1.5"],
  message: /whole number/,
});
testError({
  when: "--workers is 64",
  args: ["module.ts", "--workers=64"],
  message: /whole number from 0 to 63/,
});
testError({
  when: "--workers has no value",
  args: ["module.ts", "--workers"],
  message: /--workers without a value/,
});
testError({
  when: "an unknown option resembles another",
  args: ["module.ts", "--verbos"],
  message: /Unknown option --verbos; did you mean --verbose\?/,
});
testError({
  when: "an unknown option resembles no other",
  args: ["module.ts", "--zzz"],
  message: /Unknown option --zzz; set state with --key=value/,
});
testError({ when: "a short option is unknown", args: ["module.ts", "-x"], message: /-x/ });
testError({
  when: "the value of --key:= is not JSON",
  args: ["module.ts", "--n:={"],
  message: /--n:=\{ as JSON/,
});
testError({
  when: "a key is reserved",
  args: ["module.ts", "--results:=1"],
  message: /state\.results on the command line: .* reserved/,
});
testError({
  when: "a key begins with _",
  args: ["module.ts", "--_x=1"],
  message: /state\._x .* reserved/,
});

testError({
  when: "the format of --graph is unknown",
  args: ["module.ts", "--graph=dott"],
  message: /Cannot use --graph=dott: expected one of .*; did you mean dot\?/,
});
testError({
  when: "a flag has a value",
  args: ["module.ts", "--log=a.txt"],
  message: /Cannot use --log=a\.txt: --log takes no value/,
});
testError({
  when: "--tags is invalid, also if the module does not exist",
  args: ["missing.ts", "--tags=a and (b"],
  message: /Cannot read the tags "a and \(b": "\)" is missing for "\(" \(character 7\)/,
});
testError({
  when: "an invalid value contains a line break",
  args: ["module.ts", "--output=li\nve"],
  message: /Cannot use --output=li\\nve: expected one of/,
});
testError({
  when: "--list and --dry-run are combined",
  args: ["module.ts", "--list", "--dry-run"],
  message: /Cannot use --list and --dry-run together/,
});
testError({
  when: "the shell of --completions is unknown",
  args: ["--completions", "tcsh"],
  message: /Cannot use --completions=tcsh: expected one of bash, zsh, fish/,
});

// The module.
testError({
  when: "the module does not exist",
  args: ["missing.ts"],
  message: /Cannot load module "missing\.ts": no such file/,
});
testError({
  when: "the module is given without its extension",
  args: ["module"],
  message: /Cannot load module "module": no such file; did you mean "module\.ts"\?/,
});
testError({
  when: "a glob matches no module",
  args: ["none/*.ts"],
  message: /Cannot find modules: no file matches "none\/\*\.ts"/,
});
for (const name of ["pipe.ts", "link.ts"]) {
  for (const args of [[], ["--list"]]) {
    Deno.test(`tdrun exits 2 with one line for a pipe: ${[name, ...args].join(" ")}`, async () => {
      await using space = await TestSpace.create();
      await new Deno.Command("mkfifo", { args: [`${space.folder}/pipe.ts`] }).output();
      await Deno.symlink("pipe.ts", `${space.folder}/link.ts`);
      const message = new RegExp(
        `Cannot load module "${name}": expected a regular file, got a pipe`,
      );
      assertError(await space.tdrun([name, ...args]), 2, message);
    });
  }
}
Deno.test("tdrun ends a failed run when a stack names a pipe as the source file", async () => {
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
testError({
  when: "the module has a syntax error",
  module: "export const a = mark(() => {",
  message: /Cannot load module "module\.ts": SyntaxError: Expected .* at module\.ts:2:30$/m,
  excerpt: `  2 | export const a = mark(() => {
    |                              ^`,
});
testError({
  when: "an imported file has a syntax error",
  module: `import "./bad.ts"; ${ONE_TASK}`,
  files: { "bad.ts": "const a = 1;\n  const b = = 2;\n" },
  message: /Cannot load module "module\.ts": SyntaxError: .* at bad\.ts:2:13$/m,
  excerpt: "  2 | const b = = 2;\n    |           ^",
});
testError({
  when: "an imported file has no export of that name",
  module: `import { gone } from "./other.ts"; export const a = mark(gone);`,
  files: { "other.ts": "export const here = 1;" },
  message: /does not provide an export named 'gone' at module\.ts:2:10$/m,
  excerpt: `  2 | import { gone } from "./other.ts"; export const a = mark(gone);
    |          ^`,
});
testError({
  when: "the module throws an error while loading",
  module: "throw new TypeError('on purpose\\nsecond line');",
  message:
    /Cannot load module "module\.ts": the module threw TypeError: on purpose at module\.ts:2:7$/m,
  excerpt: "  2 | throw new TypeError('on purpose\\nsecond line');\n    |       ^",
});
testError({
  when: "the module throws a string while loading",
  module: "throw 'text';",
  message: /Cannot load module "module\.ts": the module threw "text"/,
});
testError({
  when: "an imported file does not exist",
  module: "import './gone.ts';",
  message: /Cannot load module "module\.ts": .*gone\.ts/,
  excerpt: "  2 | import './gone.ts';\n    |        ^",
});
testError({
  when: "a hook is not a function",
  module: `${ONE_TASK} export const setupState = 3;`,
  message: /"setupState": a hook must be a function/,
});
testError({
  when: "setupState throws",
  module: `${ONE_TASK} export const setupState = () => { throw new Error("not ready"); };`,
  message: /setupState failed: Error: not ready/,
});
testError({
  when: "the pattern of a highlight is not a RegExp",
  module: `${ONE_TASK} export const addLoggingHighlights = () => [["text", "red"]];`,
  message: /item 0: expected a RegExp, got/,
});
testError({
  when: "the color of a highlight is unknown",
  module: `${ONE_TASK} export const addLoggingHighlights = () => [[/x/, "gren"]];`,
  message: /did you mean "green"\?/,
});
testError({
  when: "the option after of mark() is not an array",
  module: "export const a = mark({ after: 'b' }, () => {});",
  message: /the module threw TypeError: .*expected an array/,
  excerpt: "  2 | export const a = mark({ after: 'b' }, () => {});\n    |                  ^",
});
testError({
  when: "a dependency is a function that is not a task",
  module: "const helper = () => {}; export const a = mark({ after: [helper] }, () => {});",
  message: /"a" depends on the function helper, which is not an exported task/,
});

// The graph.
testError({
  when: "dependencies form a cycle",
  module: `
    export const a = mark({ after: ["b"] }, () => {});
    export const b = mark({ after: ["c"] }, () => {});
    export const c = mark({ after: ["a"] }, () => {});`,
  message:
    /Cannot order tasks: "a" -> "b" -> "c" -> "a" is a cycle|Cannot order tasks: .* is a cycle/,
});
testError({
  when: "a task depends on itself",
  module: `export const a = mark({ after: ["a"] }, () => {});`,
  message: /Cannot order tasks: "a" -> "a" is a cycle/,
});
testError({
  when: "an unknown dependency resembles a task",
  module: `${ONE_TASK} export const beta = mark({ after: ["alpah"] }, () => {});`,
  message: /"beta" depends on "alpah", which is not a task; did you mean "alpha"\?/,
});
testError({
  when: "two tasks have the same name",
  module: `
    export class One { @mark() static same() {} }
    export class Two { @mark() static same() {} }`,
  message: /Cannot order tasks: "same" is registered twice/,
});

// The selection.
testError({
  when: "an unknown task resembles another",
  args: ["module.ts::alhpa"],
  message: /Cannot run "alhpa": the module has no such task; did you mean "alpha"\?/,
});
testError({ when: "no task follows ::", args: ["module.ts::"], message: /no task after "::"/ });
testError({
  when: "a glob matches no task",
  args: ["module.ts::b*"],
  message: /Cannot run "b\*": no task of the module matches/,
});
testError({
  when: "the task of --exclude is unknown",
  args: ["module.ts", "--exclude=alhpa"],
  message: /Cannot exclude "alhpa": the module has no such task; did you mean "alpha"\?/,
});
testError({
  when: "the task of --result-NAME is unknown",
  args: ["module.ts", "--result-alhpa=1"],
  message: /Cannot mock "alhpa": the module has no such task; did you mean "alpha"\?/,
});

// The state file.
const stateFile = (name: string) => ["module.ts", "--state-file", name];
testError({
  when: "the state file does not exist",
  args: stateFile("no.json"),
  message: /"no\.json": no such file/,
});
testError({
  when: "the state file is an array",
  args: stateFile("s.json"),
  files: { "s.json": "[1]" },
  message: /"s\.json": expected an object, got an array/,
});
testError({
  when: "the state file is null",
  args: stateFile("s.yaml"),
  files: { "s.yaml": "" },
  message: /"s\.yaml": expected an object, got null/,
});
testError({
  when: "the state file is not valid JSON",
  args: stateFile("s.json"),
  files: { "s.json": "{ a:\n 1 }" },
  message: /Cannot read the state file "s\.json": .* is not valid JSON|Expected .*/,
});
testError({
  when: "the state file is not valid YAML",
  args: stateFile("s.yaml"),
  files: { "s.yaml": "a: [1\nb: }" },
  message: /Cannot read the state file "s\.yaml": .* at line 2, column \d+\n/,
});
testError({
  when: "the state file has a reserved key",
  args: stateFile("s.json"),
  files: { "s.json": '{ "results": {} }' },
  message: /state\.results in the state file "s\.json"/,
});
testError({
  when: "the state file has a key that begins with _",
  args: stateFile("s.json"),
  files: { "s.json": '{ "_state_lock": 1 }' },
  message: /state\._state_lock in the state file/,
});

// Nothing to run.
testError({
  when: "the module exports no marked function",
  module: "export const a = () => {};",
  code: 4,
  message: /"module\.ts" exports no marked function$/m,
});
testError({
  when: "a module whose name URLs escape exports no marked function",
  args: ["my module é.ts"],
  files: { "my module é.ts": "export const a = () => {};" },
  code: 4,
  message: /"my module é\.ts" exports no marked function$/m,
});
testError({
  when: "a plain function is decorated with @mark()",
  module: "@mark()\nexport function a() {}",
  code: 4,
  message: /TypeScript ignores decorators: write `export const name = mark\(\(\) => …\)`/,
});
testError({
  when: "a plain function is decorated on the same line",
  module: "@mark({ after: [] }) export async function a() {}",
  code: 4,
  message: /TypeScript ignores decorators: write/,
});
testError({
  when: "no task has the tag",
  args: ["module.ts", "--tags=y"],
  code: 4,
  message: /no task has the tag "y"; the tags are "x"/,
});
testError({
  when: "--list has no task to list",
  args: ["module.ts", "--list", "--exclude=*"],
  code: 4,
  message: /Nothing to run: every task is excluded/,
});
testError({
  when: "every task is mocked",
  args: ["module.ts", "--result-alpha=1"],
  code: 4,
  message: /every task is mocked/,
});

Deno.test("--verbose adds the stack trace to the error", async () => {
  await using space = await TestSpace.create();
  const { code, stderr } = await space.tdrun(["missing.ts", "--verbose"]);
  assertMatch(stderr, /^Error: Cannot load module/);
  assertStringIncludes(stderr, "\n    at ");
  assertEquals(code, 2);
});

Deno.test("--help and --version print to standard output and exit 0", async () => {
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

Deno.test("tdrun and Scheduler reject a version of Deno that is too old", async () => {
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
  const message = `thread-order needs Deno 2.9 or later, and this is 2.4.1: run "deno upgrade"\n`;
  const line = tdrunLine(["module.ts"]);
  const old = [...line.slice(0, 2), "--preload", "./old.ts", ...line.slice(2)];
  const { code, stdout, stderr } = await new RunningCommand(old, { folder: space.folder }).ended;
  assertEquals([code, stdout, stderr], [2, "", `Error: ${message}`]);
  const program = await script("program.ts", { folder: space.folder });
  assertEquals(
    program.stdout,
    `UsageError: Cannot start the scheduler: ${message}`,
    program.stderr,
  );
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
    ["with process.exit()", `export const a = mark(() => 1); process.exit(0);`, "process.exit(0)"],
    ["with self.close()", `export const a = mark(() => 1); self.close();`, "self.close()"],
    [
      "with close() in a hook",
      `export const setupState = () => close(); export const a = mark(() => 1);`,
      "self.close()",
    ],
  ] as const
) {
  Deno.test(`tdrun exits 2 when the module ends the process ${where}`, async () => {
    await using space = await TestSpace.create();
    await space.module("exits.ts", source);
    const { code, stderr } = await space.tdrun(["exits.ts"]);
    assertEquals(code, 2);
    assertStringIncludes(stderr, `one of its hooks called ${call}`);
  });
}

Deno.test("tdrun keeps the exit code when the module exits with 7", async () => {
  await using space = await TestSpace.create();
  await space.module("exits.ts", `Deno.exit(7);`);
  assertEquals((await space.tdrun(["exits.ts"])).code, 7);
});
