/** Marked functions and hooks that would never run: tdrun rejects them with name and location. */
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { lastLine, statuses, TestSpace } from "../../support/command.ts";

/** Tasks, with a helper that marks functions for others. */
const TASKS = `
export const create = mark(() => "created");
export const remove = mark({ after: [create] }, () => "removed");
export const twice = (fn) => mark({ retries: 1 }, fn);
`;
const OTHERS = `
export const create = mark(() => { throw new Error("other"); });
export const lone = mark(() => 1);
`;

const MANY = Array.from({ length: 2_000 }, (_, i) => `export const t${i} = mark(() => ${i});`)
  .join("\n");

async function run(text: string, args: readonly string[] = []) {
  await using space = await TestSpace.create();
  await space.module("tasks.ts", TASKS);
  await space.module("others.ts", OTHERS);
  await space.module(
    "forgotten.ts",
    "const late = mark(() => 1);\nexport const early = mark(() => 1);",
  );
  await space.module("only.ts", "const hidden = mark(() => 1);");
  await space.module("both.ts", 'export * from "./tasks.ts";\nexport * from "./others.ts";');
  await space.module("many.ts", MANY);
  await space.module("hook_a.ts", "export function setupState() {}");
  await space.module("hook_b.ts", "export function setupState() {}");
  return await space.tdrunModule(text, args);
}

const LOST: Readonly<Record<string, [text: string, message: string]>> = {
  "a forgotten export": [
    "export const a = mark(() => 1);\nconst important = mark(() => { throw new Error(); });",
    'a marked function is not exported: "important" (module.ts:3:19); export it, or remove the mark',
  ],
  "a static method of a class that is not exported": [
    "export const a = mark(() => 1);\nclass Hidden { static { mark(this.check); } static check() {} }",
    'a marked function is not exported: "check" (module.ts:3:25); export it, or remove the mark',
  ],
  "a decorated method of a class that is not exported": [
    "export const a = mark(() => 1);\nclass Hidden {\n  @mark() static check() {}\n}",
    'a marked function is not exported: "check" (module.ts:3:7); export it, or remove the mark',
  ],
  "a function that a helper of another module marks": [
    'import { twice } from "./tasks.ts";\nexport const a = mark(() => 1);\nconst b = twice(() => 1);',
    'a marked function is not exported: "b" (module.ts:4:11); export it, or remove the mark',
  ],
  "a function that is wrapped after it was marked": [
    "const once = (fn) => () => fn();\nexport const a = once(mark(() => 1));",
    'a marked function is not exported: "a" (module.ts:3:23); export it, or remove the mark',
  ],
  "a forgotten export of a module whose tasks are exported": [
    'export * from "./forgotten.ts";',
    'a marked function is not exported: "late" (forgotten.ts:2:14); export it, or remove the mark',
  ],
  "a name that two modules export": [
    'export * from "./tasks.ts";\nexport * from "./others.ts";',
    'a name that several `export *` have is not exported: "create" (tasks.ts:3:23), ' +
    '"create" (others.ts:3:23); use `export * as name from "./file.ts"`',
  ],
  "a forgotten export of a module that has no other task": [
    'export * from "./only.ts"; export const a = mark(() => 1);',
    'a marked function is not exported: "hidden" (only.ts:2:16); export it, or remove the mark',
  ],
  "a forgotten export of a namespace": [
    'export * as only from "./only.ts";\nexport const a = mark(() => 1);',
    'a marked function is not exported: "hidden" (only.ts:2:16); export it, or remove the mark',
  ],
  "a name that two modules of a namespace export": [
    'export * as both from "./both.ts";\nexport const a = mark(() => 1);',
    'a name that several `export *` have is not exported: "create" (tasks.ts:3:23), ' +
    '"create" (others.ts:3:23); use `export * as name from "./file.ts"`',
  ],
  "functions in an array and in an object": [
    "export const list = [mark(() => 1)];\nexport const group = { deep: { it: mark(() => 1) } };",
    'a marked function is inside an array or an object: "list[0]" (module.ts:2:22), ' +
    '"group.deep.it" (module.ts:3:36); export the function itself',
  ],
  "an imported task in an object": [
    'import { create } from "./tasks.ts";\nexport const group = { create };\nexport const a = mark(() => 1);',
    'a marked function is inside an array or an object: "group.create" (tasks.ts:3:23); ' +
    "export the function itself",
  ],
};
for (const [form, [text, message]] of Object.entries(LOST)) {
  Deno.test(`tdrun rejects a module when a marked function is not a task: ${form}`, async () => {
    const { code, stdout, stderr } = await run(text);
    assertEquals(stderr, `Error: Cannot run "module.ts": ${message}\n`);
    assertEquals([code, stdout], [2, ""]);
  });
}

Deno.test("tdrun rejects a module with 700 tasks when one of them is not exported", async () => {
  const tasks = Array.from({ length: 700 }, (_, i) => `export const t${i} = mark(() => {});`);
  const { code, stderr } = await run([...tasks, "const lost = mark(() => {});"].join("\n"));
  assertEquals(code, 2);
  assertMatch(
    stderr,
    /a marked function is not exported: "lost" \(module\.ts:702:14\); /,
  );
});

Deno.test("tdrun rejects a module when a marked function may be lost, and no worker loads it", async () => {
  const { code, stderr } = await run(
    'if ("DedicatedWorkerGlobalScope" in globalThis) throw new Error("not here");\n' +
      "const lost = mark(() => 1);\nexport const a = mark(() => 2);",
    ["--workers=0"],
  );
  assertEquals(code, 2);
  assertEquals(
    stderr,
    'Error: Cannot run "module.ts": some marked functions are not exported; the module does not ' +
      "load in a worker, which would find out where they are: not here\n",
  );
});

Deno.test("--list, --graph and --dry-run reject a task that is not exported", async () => {
  for (const action of ["--list", "--graph", "--dry-run"]) {
    const { code, stdout } = await run(LOST["a forgotten export"]![0], [action]);
    assertEquals([code, stdout], [2, ""], action);
  }
});

const FINE: Readonly<Record<string, [text: string, tasks: readonly string[]]>> = {
  "it imports functions of another module": [
    'import { create, twice } from "./tasks.ts";\nexport const a = twice(() => create.length);',
    ["a"],
  ],
  "it exports one of the tasks of a module": ['export { create } from "./tasks.ts";', ["create"]],
  "it exports one of 2,000 tasks of a module": [
    'export * from "./tasks.ts";\nimport { t7 } from "./many.ts";\nexport { t7 };',
    ["create", "remove", "t7"],
  ],
  "an export has the same name as one of export *": [
    'export * from "./others.ts";\nexport const create = mark(() => 1);',
    ["create", "lone"],
  ],
  "a function is marked while tasks run": ["export const a = mark(() => void mark(() => 1));", [
    "a",
  ]],
};
for (const [condition, [text, tasks]] of Object.entries(FINE)) {
  Deno.test(`tdrun runs a module when ${condition}`, async () => {
    const { code, stderr } = await run(text);
    assertEquals([code, Object.keys(statuses(stderr)).sort()], [0, tasks], stderr);
  });
}

Deno.test("tdrun runs the tasks of a namespace with its name as a prefix", async () => {
  const { code, stdout, stderr } = await run(`
    export * as db from "./tasks.ts";
    import * as db from "./tasks.ts";
    export const use = mark({ after: [db.remove, "db.create"] }, ({ results }) => {
      console.log(results["db.create"], results["db.remove"]);
    });
  `);
  assertEquals(code, 0, stderr);
  assertEquals(Object.keys(statuses(stderr)), ["db.create", "db.remove", "use"]);
  assertStringIncludes(stdout, "created removed\n");
});

Deno.test("tdrun runs a task once when it has two names, and reports the other name", async () => {
  const { code, stdout, stderr } = await run(`
    export const a = mark(() => 1);
    export const b = a;
    export * as db from "./tasks.ts";
    export { create } from "./tasks.ts";
  `);
  assertEquals(Object.keys(statuses(stderr)).sort(), ["a", "create", "db.remove"]);
  assertEquals([code, lastLine(stdout)], [0, "==== 3 passed, 0 failed, 0 skipped"]);
  assertEquals(stderr.match(/^Note: .*$/gm), [
    'Note: "b" is another name of the task "a", not a second task',
    'Note: "db.create" is another name of the task "create", not a second task',
  ]);
});

Deno.test("tdrun reports the location of a dependency when it is not a task", async () => {
  const { code, stderr } = await run(`
    import { create } from "./tasks.ts";
    export const a = mark({ after: [create] }, () => 1);
  `);
  assertEquals(code, 2);
  assertMatch(
    stderr,
    /^Error: Cannot order tasks: "a" depends on the function `.*created.*` marked at tasks.ts:3:23, which/,
  );
  const other = await run("export const a = mark({ after: [() => 'plain'] }, () => 1);");
  assertStringIncludes(
    other.stderr,
    "\"a\" depends on the function `()=>'plain'`, which is not an exported task",
  );
});

const HOOKS: Readonly<Record<string, [text: string, message: string]>> = {
  "capitals differ": [
    "export const setUpState = () => {};",
    'Cannot use the export "setUpState": no hook has this name; did you mean "setupState"?',
  ],
  "underscores are missing": [
    "export function teardownstate() {}",
    'Cannot use the export "teardownstate": no hook has this name; did you mean "teardownState"?',
  ],
  "a letter is missing": [
    "export async function setupWorkr() {}",
    'Cannot use the export "setupWorkr": no hook has this name; did you mean "setupWorker"?',
  ],
  "it is marked": [
    "export const setupState = mark(() => {});",
    'Cannot use the export "setupState": a hook cannot be a task; remove the mark',
  ],
  "two modules export it": [
    'export * from "./hook_a.ts";\nexport * from "./hook_b.ts";',
    'Cannot run "module.ts": a name that several `export *` have is not exported: ' +
    '"setupState"; export one "setupState" that calls the others',
  ],
};
for (const [condition, [text, message]] of Object.entries(HOOKS)) {
  Deno.test(`tdrun rejects a hook that would not be called when ${condition}`, async () => {
    const { code, stderr } = await run(`export const a = mark(() => 1);\n${text}`);
    assertEquals([code, stderr], [2, `Error: ${message}\n`]);
  });
}

Deno.test("tdrun notes that a hook of a namespace is not called", async () => {
  const { code, stderr } = await run(
    'export * as db from "./hook_a.ts";\nexport const a = mark(() => 1);',
  );
  assertEquals(code, 0);
  assertStringIncludes(
    stderr,
    'Note: "db.setupState" is not called: a hook must be an export of the target itself\n',
  );
});

Deno.test("tdrun accepts classes, tasks and functions whose names resemble hooks", async () => {
  const { code, stderr } = await run(`
    export class SetupState {}
    export const setup_works = mark(() => 1);
    export const setupStore = () => {};
    export const setupstate = "text";
  `);
  assertEquals(code, 0, stderr);
});
