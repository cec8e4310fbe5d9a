/** A project: several modules on the command line. */
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import type { TaskList } from "../../../src/cli/inspect/list_json.ts";
import { type Ended, tdrun, TestSpace } from "../../support/command.ts";
import { flowFile, FLOWS, TASKS, writeSixtyTasks } from "../../support/sixty_tasks.ts";

/** The last line, without the time. */
function summaryOf({ stdout }: Ended): string | undefined {
  return /==== (.*) in [\d.]+s ====/.exec(stdout)?.[1];
}

const SUMMARY = "58 passed, 1 failed, 1 skipped";

Deno.test("tdrun runs a project whole: by its modules, a folder, a glob and a profile", async () => {
  await using space = await TestSpace.create(["--output=none"]);
  await writeSixtyTasks(space);
  const config = {
    tdrun: { module: "flows/*_flow.ts", profiles: { reports: { tags: "report" } } },
  };
  await space.file("deno.json", JSON.stringify(config));
  for (const args of [FLOWS.map(flowFile), ["flows"], ["flows/"], ["**/*_flow.ts"], []]) {
    const ended = await space.tdrun(args);
    assertEquals([ended.code, summaryOf(ended)], [1, SUMMARY], args.join(" ") + ended.stderr);
    assertStringIncludes(ended.stdout, "billing_flow::check.3: Error: no bill");
  }
  const reports = await space.tdrun(["--profile=reports"]);
  assertEquals([reports.code, summaryOf(reports)], [0, "6 passed, 0 failed, 0 skipped"]);
  const rerun = await space.tdrun(["--rerun-failed"]);
  assertStringIncludes(rerun.stderr, "results reused: 58 of 60 tasks");
  assertEquals(rerun.code, 1);
});

Deno.test("tdrun runs a project in three shards, whose merged report is that of one run", async () => {
  await using space = await TestSpace.create();
  await writeSixtyTasks(space);
  const names = new Set<string>();
  for (const index of [1, 2, 3]) {
    await space.tdrun(["flows", `--shard=${index}/3`, `--reporter=json=${index}.ndjson`]);
    const { stdout } = await space.tdrun(["flows", `--shard=${index}/3`, "--list"]);
    for (const name of stdout.trim().split("\n")) names.add(name);
  }
  assertEquals(names.size, TASKS);
  const one = await space.tdrun(["flows", "--reporter=junit=one.xml"]);
  const merged = await space.tdrun([
    ...["merge", "1.ndjson", "2.ndjson", "3.ndjson", "--reporter=junit=merged.xml"],
  ]);
  assertEquals([merged.code, summaryOf(merged)], [one.code, summaryOf(one)]);
  const testNames = (file: string) =>
    Deno.readTextFileSync(`${space.folder}/${file}`).match(/<testcase name="[^"]*"/g)!.toSorted();
  assertEquals(testNames("merged.xml"), testNames("one.xml"));
  assertEquals(testNames("one.xml").length, TASKS);
});

/** Two modules with tasks of the same names, which name their own tasks; `b` depends on `a`. */
async function writeTwo(space: TestSpace): Promise<void> {
  await space.module(
    "a.ts",
    `export const load = mark(() => "from a");
     export const a_only = mark({ after: ["load"] }, (_state, { results }) => {
       console.log("got", results[0]);
     });`,
  );
  await space.module(
    "b.ts",
    `import { load as first } from "./a.ts";
     export const load = mark({ after: { first } }, (_state, { results }) => results.first + ", b");
     export const use = mark({ after: ["load", "a::a_only"] }, (_state, { results }) => {
       console.log("use", results[0]);
     });
     export const all = mark({ after: ["*o*"] }, (_state, { results }) => {
       console.log("all", Object.keys(results[0]).join());
     });`,
  );
}

for (const mode of ["--workers=2", "--workers=0", "--isolate=process"]) {
  Deno.test(`tdrun ${mode} resolves names within each module of a project`, async () => {
    await using space = await TestSpace.create([mode]);
    await writeTwo(space);
    const { code, stdout, stderr } = await space.tdrun(["a.ts", "b.ts"]);
    assertEquals(code, 0, stderr + stdout);
    assertStringIncludes(stdout, "got from a\n");
    assertStringIncludes(stdout, "use from a, b\n");
    assertStringIncludes(stdout, "all load\n");
    const args = ["a.ts", "b.ts", "--list=json"];
    const listed = await tdrun(args, { folder: space.folder });
    const { tasks } = JSON.parse(listed.stdout) as TaskList;
    const edges = tasks.map(({ name, after }) => [name, ...after]);
    assertEquals(edges, [
      ["a::a_only", "a::load"],
      ["a::load"],
      ["b::all", "b::load"],
      ["b::load", "a::load"],
      ["b::use", "b::load", "a::a_only"],
    ]);
  });
}

Deno.test("tdrun takes names of a project with the shortest unambiguous prefix", async () => {
  await using space = await TestSpace.create();
  await writeTwo(space);
  const list = async (...args: string[]) => {
    const { stdout, stderr } = await space.tdrun([...args, "--list"]);
    return stdout === "" ? stderr.trim() : stdout.trim().split("\n");
  };
  assertEquals(await list("a.ts", "b.ts", "::use"), ["b::use"]);
  assertEquals(await list("a.ts", "b.ts", "::a::load::use"), ["a::load", "b::use"]);
  assertEquals(
    await list("a.ts", "b.ts", "::load"),
    'Error: Cannot resolve "load": it may be "a::load" or "b::load"',
  );
  assertEquals(await list("a.ts", "b.ts", "::lo*"), ["a::load", "b::load"]);
  assertEquals(await list("a.ts::load", "b.ts::use"), ["a::load", "b::use"]);
  assertEquals(await list("a.ts::load", "b.ts"), ["a::load", "b::all", "b::load", "b::use"]);
  assertEquals(await list("a.ts", "b.ts", "--exclude=a_only,all,b::load"), ["a::load", "b::use"]);
  const mocked = await space.tdrun(["a.ts", "b.ts", "::use", "--result-b::load=mock"]);
  assertStringIncludes(mocked.stdout, "use mock\n");
  const json = await space.tdrun(["a.ts", "b.ts", "::use", "--list=json"]);
  const { tasks, modules } = JSON.parse(json.stdout) as TaskList;
  assertEquals(modules, [{ path: "a.ts", prefix: "a::" }, { path: "b.ts", prefix: "b::" }]);
  assertEquals(tasks.map(({ name, target, module }) => [name, target, module]), [
    ["b::use", "b.ts::use", "b.ts"],
  ]);
});

Deno.test("tdrun names modules of the same file name by their folders", async () => {
  await using space = await TestSpace.create();
  for (const folder of ["x", "y"]) {
    await Deno.mkdir(`${space.folder}/${folder}`);
    await space.module(`${folder}/tasks.ts`, "export const load = mark(() => {});");
  }
  await space.file("helper.ts", "export const none = 1;");
  const { stdout } = await space.tdrun(["x/tasks.ts", "y/tasks.ts", "helper.ts", "--list"]);
  assertEquals(stdout, "x/tasks::load\ny/tasks::load\n");
  const { stderr } = await space.tdrun(["x", "helper.ts", "--list"]);
  assertEquals(stderr, 'Note: "helper.ts" has no task that another module does not have\n');
});

const HOOKS = (name: string, more = "") => `
  export function setupState(state) { console.log("setup ${name}"); state.${name} = "${name}"; ${more} }
  export function setupWorker(state) { console.log("worker ${name}", state.${name}); }
  export function teardownState() { console.log("teardown ${name}"); }
  export const task = mark((state) => console.log("task", state.${name}));
`;

Deno.test("tdrun calls the hooks of all modules: set-ups in order, tear-downs in reverse", async () => {
  await using space = await TestSpace.create(["--workers=1"]);
  await space.module("b.ts", HOOKS("b"));
  await space.module("a.ts", HOOKS("a"));
  const { code, stdout, stderr } = await space.tdrun(["b.ts", "a.ts"]);
  assertEquals(code, 0, stderr);
  assertEquals(
    stdout.split("\n").map((line) => line.replace(/^\[thread_0\] \S+: /, ""))
      .filter((line) => /^(setup|worker|teardown|task)/.test(line)),
    [
      "setup b",
      "setup a",
      "worker b b",
      "worker a a",
      "task a",
      "task b",
      "teardown a",
      "teardown b",
    ],
  );
});

Deno.test("tdrun rejects modules whose hooks set the same key of the state", async () => {
  await using space = await TestSpace.create();
  await space.module("a.ts", HOOKS("a"));
  await space.module("b.ts", HOOKS("b", "state.a = 2;"));
  const { code, stderr } = await space.tdrun(["a.ts", "b.ts"]);
  assertEquals(code, 2);
  assertStringIncludes(
    stderr,
    'Error: Cannot set up the state: setupState of both "a" and "b" sets state.a\n',
  );
});

Deno.test("tdrun calls a hook that two modules export once", async () => {
  await using space = await TestSpace.create();
  await space.file(
    "hooks.ts",
    "export function setupState(state) { state.n = (state.n ?? 0) + 1; }",
  );
  for (const name of ["a", "b"]) {
    await space.module(
      `${name}.ts`,
      `export * from "./hooks.ts"; export const ${name} = mark((state) => console.log("n", state.n));`,
    );
  }
  const { code, stdout, stderr } = await space.tdrun(["a.ts", "b.ts"]);
  assertEquals([code, stdout.match(/n 1\n/g)?.length], [0, 2], stderr);
});

Deno.test("tdrun loads only the modules with selected tasks in workers", async () => {
  await using space = await TestSpace.create();
  for (const name of ["a", "b"]) {
    await space.module(
      `${name}.ts`,
      `export const ${name} = mark(() => console.log(globalThis.loaded.join()));
       (globalThis.loaded ??= []).push("${name}");`,
    );
  }
  const { code, stdout, stderr } = await space.tdrun(["a.ts", "b.ts", "::b"]);
  assertEquals(code, 0, stderr);
  assertMatch(stdout, /b::b: b$/m);
});

Deno.test("tdrun rejects folders without modules, wrong globs, and --engine with several", async () => {
  await using space = await TestSpace.create();
  await Deno.mkdir(`${space.folder}/empty`);
  await writeTwo(space);
  for (
    const [args, error] of [
      [["empty"], 'Cannot find modules: no file in the folder "empty" imports mark'],
      [["x/*.ts"], 'Cannot find modules: no file matches "x/*.ts"'],
      [["a.ts", "c.ts"], 'Cannot load module "c.ts": no such file'],
      [["a.ts", "b.ts", "--engine=redis://x"], "Cannot use --engine with several modules"],
      [["a.ts", "word"], 'Unexpected argument "word": expected a module, such as build.ts'],
    ] as const
  ) {
    const { code, stderr } = await space.tdrun(args);
    assertEquals(code, 2, args.join(" "));
    assertStringIncludes(stderr, `Error: ${error}`);
  }
});

Deno.test("--results=last and --rerun-failed work in a project", async () => {
  await using space = await TestSpace.create();
  await writeTwo(space);
  const first = await space.tdrun(["a.ts", "b.ts"]);
  assertEquals(first.code, 0, first.stderr);
  const last = await space.tdrun(["a.ts", "b.ts", "::use", "--results=last"]);
  assertEquals(last.code, 0, last.stderr);
  assertStringIncludes(last.stdout, "use from a, b\n");
  const again = await space.tdrun(["a.ts", "b.ts", "--rerun-failed"]);
  assertEquals(again.code, 4, again.stderr);
});

Deno.test("tdrun rejects a folder with more files than a project has", async () => {
  await using space = await TestSpace.create();
  await Deno.mkdir(`${space.folder}/many`);
  for (let i = 0; i <= 10_000; i++) Deno.writeTextFileSync(`${space.folder}/many/${i}.ts`, "");
  const { code, stderr } = await space.tdrun(["many"]);
  assertEquals([code, stderr], [
    2,
    'Error: Cannot find modules: "many" has more than 10000 files to search; name a folder ' +
    "within it\n",
  ]);
});
