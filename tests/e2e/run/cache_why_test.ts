/** `--why`: the tasks whose changed inputs are printed. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { LIBRARY, TestSpace } from "../../support/command.ts";

const MODULE = `import { resource } from "${LIBRARY}";
  export const db = resource(() => ({ value: 1 }));
  export const build_app = mark({ cache: true }, () => 1);
  export const build_docs = mark({ cache: true }, () => 2);
  export const check = mark({ each: { "a,b": 1, c: 2 }, cache: true }, () => 3);
  export const upload = mark({ use: { db } }, () => 4);
`;

Deno.test("--why prints the reasons of the named tasks alone", async () => {
  await using space = await TestSpace.create();
  await space.module("module.ts", MODULE);
  await space.tdrun(["module.ts"]);
  const named = async (why: string) => {
    const { code, stderr } = await space.tdrun(["module.ts", why]);
    assertEquals(code, 0, stderr);
    return [...stderr.matchAll(/^(.*): nothing has changed$/gm)].map(([, name]) => name).sort();
  };
  const cases = ["check.a,b", "check.c"];
  assertEquals(await named("--why"), ["build_app", "build_docs", ...cases]);
  assertEquals(await named("--why=build_app"), ["build_app"]);
  assertEquals(await named("--why=build_*,check.c"), ["build_app", "build_docs", "check.c"]);
  assertEquals(await named("--why=check"), cases);
  assertEquals(await named('--why="check.a,b"'), ["check.a,b"]);
});

Deno.test("--why of an unknown task is a usage error that names the nearest one", async () => {
  await using space = await TestSpace.create();
  await space.module("module.ts", MODULE);
  const errors: Record<string, string> = {
    "--why=build_ap":
      'Cannot explain "build_ap": the module has no such task; did you mean "build_app"?',
    "--why=biuld_*": 'Cannot explain "biuld_*": no task of the module matches',
    "--why=build_app,lint": 'Cannot explain "lint": the module has no such task',
    "--why=db": 'Cannot explain "db": it is a resource, which follows the tasks that use it; ' +
      "name the task that uses it",
    "--why=": "Cannot use --why=: expected task names or globs",
  };
  for (const [option, message] of Object.entries(errors)) {
    const { code, stdout, stderr } = await space.tdrun(["module.ts", option]);
    assertEquals({ code, stdout, stderr }, { code: 2, stdout: "", stderr: `Error: ${message}\n` });
  }
});

Deno.test("--why takes the names of tasks of several modules, with and without the module", async () => {
  await using space = await TestSpace.create();
  await space.module("app.ts", `export const build = mark({ cache: true }, () => 1);`);
  await space.module("lib.ts", `export const check = mark({ cache: true }, () => 1);`);
  for (const why of ["check", "lib::check", "lib::*"]) {
    const { code, stderr } = await space.tdrun(["app.ts", "lib.ts", `--why=${why}`]);
    assertEquals(code, 0, stderr);
    assertStringIncludes(stderr, "lib::check: ");
    assertEquals(stderr.includes("app::build: "), false, stderr);
  }
});
