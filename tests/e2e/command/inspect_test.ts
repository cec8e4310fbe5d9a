/** `--list`, `--dry-run` and the formats of `--graph`: no task runs, and the output is usable. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import type { ListedTask, TaskList } from "../../../src/cli/inspect/list_json.ts";
import { LIBRARY, order, TestSpace } from "../../support/command.ts";
import { hasScript, PseudoTerminal } from "../../support/pseudo_terminal.ts";

const PRINTING = `
  console.log("top level %s", 1);
  console.table([{ a: 1 }]);
  console.group("group");
  Deno.stdout.writeSync(new TextEncoder().encode("written\\n"));
  await Deno.stdout.write(new TextEncoder().encode("written later\\n"));
  export const setupState = () => console.error("RAN setupState");
  export const teardownState = () => console.error("RAN teardownState");
  export const addLoggingHighlights = () => console.error("RAN highlights");
  export const b = mark({ after: ["a"], tags: "x" }, () => console.error("RAN b"));
  export const a = mark({ tags: ["x", "y"] }, () => console.error("RAN a"));
`;

const ACTIONS = [
  "--list",
  "--list=json",
  "--dry-run",
  "--graph",
  "--graph=dot",
  "--graph=mermaid",
  "--graph=json",
];
for (const option of [...ACTIONS, "--graph=levels"]) {
  Deno.test(`${option} runs only the top level, and prints its output to stderr`, async () => {
    await using space = await TestSpace.create();
    const { code, stdout, stderr } = await space.tdrunModule(PRINTING, [option]);
    for (const text of ["top level 1", "│ 1 │", "group", "written\n", "written later"]) {
      assertStringIncludes(stderr, text);
      assertEquals(stdout.includes(text), false);
    }
    assertEquals(stderr.includes("RAN"), false);
    assertEquals(/[^\n]\n$/.test(stdout), true, "one line break at the end");
    assertEquals(code, 0);
  });
}

Deno.test("--list prints names that tdrun accepts as a selection", async () => {
  await using space = await TestSpace.create();
  const { stdout } = await space.tdrunModule(PRINTING, ["--list"]);
  assertEquals(stdout, "a\nb\n");
  const names = stdout.trimEnd().split("\n");
  const { code, stderr } = await space.tdrun([`module.ts::${names.join("::")}`]);
  assertEquals(order(stderr), ["a", "b"]);
  assertEquals(code, 0);
});

Deno.test("--list=json lists where each task was marked, and what its options are", async () => {
  await using space = await TestSpace.create();
  await space.module(
    "shared.ts",
    `export const lint = mark({ timeout: "2s", tokens: { gpu: 1 }, tags: ["a"] }, () => {});`,
  );
  const { stdout, code } = await space.tdrunModule(
    `export * from "./shared.ts";
export const load = mark(() => {});
export const check = mark({ each: { "a b": 1, c: 2 }, after: [load] }, () => {});
const add = (run) => mark(run);
export const made = add(() => {});`,
    ["--list=json", "--exclude=load"],
  );
  assertEquals(code, 0);
  const { schema, module, url, tasks } = JSON.parse(stdout);
  assertEquals([schema, module, url], [1, "module.ts", `file://${space.folder}/module.ts`]);
  const brief = (tasks as ListedTask[]).map(({ column, line, file, ...task }) => ({
    ...task,
    place: `${file?.replace(`${space.folder}/`, "")}:${line}:${column! > 0}`,
  }));
  const check = { tags: [], after: ["load"], caseOf: "check", policy: {} };
  assertEquals(brief, [
    {
      name: "check.a b",
      target: 'module.ts::"check.a b"',
      ...check,
      case: "a b",
      place: place("module.ts", 3),
    },
    {
      name: "check.c",
      target: "module.ts::check.c",
      ...check,
      case: "c",
      place: place("module.ts", 3),
    },
    {
      name: "lint",
      target: "module.ts::lint",
      tags: ["a"],
      after: [],
      policy: { timeoutMs: 2000, tokens: { gpu: 1 } },
      place: place("shared.ts", 1),
    },
    {
      name: "made",
      target: "module.ts::made",
      tags: [],
      after: [],
      policy: {},
      place: place("module.ts", 4),
    },
  ]);
});

Deno.test("--list=json lists the modules of a project, resources and the tasks that use them", async () => {
  await using space = await TestSpace.create();
  await space.module(
    "a.ts",
    `import { resource } from "${LIBRARY}";
     export const db = resource(() => ({ value: 1, [Symbol.dispose]() {} }));
     export const load = mark({ use: { db } }, () => {});`,
  );
  await space.module("b.ts", "export const load = mark(() => {});");
  const { code, stdout, stderr } = await space.tdrun(["a.ts", "b.ts", "--list=json"]);
  assertEquals(code, 0, stderr);
  const { module, url, modules, tasks } = JSON.parse(stdout) as TaskList;
  assertEquals([module, url], ["a.ts b.ts", undefined]);
  assertEquals(modules, [{ path: "a.ts", prefix: "a::" }, { path: "b.ts", prefix: "b::" }]);
  assertEquals(
    tasks.map(({ name, target, kind, module, use }) => ({ name, target, kind, module, use })),
    [
      { name: "a::db", target: "a.ts::db", kind: "resource", module: "a.ts", use: undefined },
      { name: "a::load", target: "a.ts::load", kind: undefined, module: "a.ts", use: ["a::db"] },
      { name: "b::load", target: "b.ts::load", kind: undefined, module: "b.ts", use: undefined },
    ],
  );
});

/** \`TestSpace\` puts the import of the library in front of the first line. */
function place(file: string, line: number): string {
  return `${file}:${line + 1}:true`;
}

Deno.test("--list=json locates every task of a large module, and its targets run", async () => {
  await using space = await TestSpace.create();
  const lines = Array.from({ length: 1200 }, (_, i) => `export const t${i} = mark(() => {});`);
  const { stdout } = await space.tdrunModule(lines.join("\n"), ["--list=json"]);
  const { tasks } = JSON.parse(stdout) as { tasks: ListedTask[] };
  const first = tasks.find(({ name }) => name === "t0")!.line!;
  for (const { name, line } of tasks) assertEquals(line, first + Number(name.slice(1)), name);
  const { code, stderr } = await space.tdrun([tasks[7]!.target]);
  assertEquals([order(stderr), code], [[tasks[7]!.name], 0]);
});

Deno.test("--graph=json prints valid JSON when the module prints as well", async () => {
  await using space = await TestSpace.create();
  const closing = 'await new Response("piped").body.pipeTo(Deno.stdout.writable);';
  const { stdout, stderr } = await space.tdrunModule(PRINTING + closing, [
    "--graph=json",
    "--tags=y",
  ]);
  assertStringIncludes(stderr, "piped");
  const json = JSON.parse(stdout);
  assertEquals(json.tasks, [{ name: "a", after: [], dependents: [], tags: ["x", "y"], level: 0 }]);
});

Deno.test("--dry-run prints threads, mocks and the order of a run on one thread", async () => {
  await using space = await TestSpace.create();
  const module = `
    export const z = mark(() => {});
    export const load = mark(() => {});
    export const m = mark({ after: ["z", "load"] }, () => {});
    export const b = mark({ after: ["m"] }, () => {});
    export const a = mark({ after: ["b"], priority: 1 }, () => {});
    export const hurry = mark({ priority: 5 }, () => {});
  `;
  const dry = await space.tdrunModule(module, ["--dry-run", "--workers=3", "--result-load=1"]);
  assertEquals(dry.stdout.split("\n")[0], "Would run 5 tasks on 3 threads, 1 mocked (load)");
  const { stderr } = await space.tdrun(["module.ts", "--workers=1", "--result-load=1"]);
  assertEquals(order(stderr), ["hurry", "z", "m", "b", "a"]);
  assertEquals(steps(dry.stdout), order(stderr));
  assertEquals(dry.code, 0);
});

/** The tasks of the order that a dry run prints. */
function steps(stdout: string): string[] {
  const part = stdout.split("Levels")[0]!;
  return [...part.matchAll(/^ +\d+ {2}(\w+)/gm)].map(([, name = ""]) => name);
}

Deno.test("--dry-run --shuffle prints the seed, which gives a run the same order", async () => {
  await using space = await TestSpace.create();
  const tasks = Array.from({ length: 12 }, (_, i) => `export const t${i} = mark(() => {});`);
  const dry = await space.tdrunModule(tasks.join("\n"), ["--dry-run", "--shuffle"]);
  const [, seed = ""] = /--shuffle=(\d+)/.exec(dry.stderr)!;
  const { stderr } = await space.tdrun(["module.ts", "--workers=1", `--shuffle=${seed}`]);
  assertEquals(order(stderr).length, 12);
  assertEquals(steps(dry.stdout), order(stderr));
});

Deno.test({
  name: "--list shows the tags on a terminal",
  ignore: !hasScript,
  async fn() {
    await using space = await TestSpace.create();
    await space.module("module.ts", PRINTING.slice(PRINTING.indexOf("export const b")));
    await using terminal = new PseudoTerminal(["module.ts", "--list"], space);
    const { code, text } = await terminal.ended;
    assertEquals(text, "a  \x1b[2mx, y\x1b[22m\r\nb  \x1b[2mx\x1b[22m\r\n");
    assertEquals(code, 0);
  },
});
