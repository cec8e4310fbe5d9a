/** `--changed`: tasks that differ from a git ref, and their dependents. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { statuses, TestSpace } from "../../support/command.ts";

const MODULE = `
  import "./lib.ts";
  export const lint = mark({ cache: { files: ["a/**"] } }, () => 1);
  export const test = mark({ after: [lint] }, () => 2);
  export const docs = mark({ cache: { files: ["docs/*.md"] } }, () => 3);
`;

async function git({ folder }: TestSpace, ...args: string[]): Promise<void> {
  const identity = ["-c", "user.name=a", "-c", "user.email=a@example.com"];
  const { success } = await new Deno.Command("git", { args: [...identity, ...args], cwd: folder })
    .output();
  assertEquals(success, true, args.join(" "));
}

async function repository(): Promise<TestSpace> {
  const space = await TestSpace.create();
  for (const name of ["a", "docs"]) await Deno.mkdir(`${space.folder}/${name}`);
  await space.file("a/one.txt", "1");
  await space.file("docs/page.md", "1");
  await space.file("lib.ts", "");
  await space.file(".gitignore", ".tdrun\n");
  await space.module("module.ts", MODULE);
  await git(space, "init", "-q");
  await git(space, "add", ".");
  await git(space, "commit", "-qm", "first");
  return space;
}

Deno.test("--changed runs the tasks whose files differ from the ref, and their dependents", async () => {
  await using space = await repository();
  const run = async (...args: string[]) => await space.tdrun(["module.ts", ...args]);
  const nothing = await run("--changed");
  assertEquals(nothing.code, 4);
  assertStringIncludes(nothing.stderr, "Nothing to run: no task has changed since HEAD");
  await space.file("a/new.txt", "1");
  const added = await run("--changed", "--why");
  assertEquals(statuses(added.stderr), { lint: "PASSED", test: "PASSED" });
  assertStringIncludes(added.stderr, "lint: file a/new.txt differs from HEAD\n");
  await Deno.remove(`${space.folder}/a/new.txt`);
  await Deno.remove(`${space.folder}/docs/page.md`);
  assertEquals(statuses((await run("--changed")).stderr), { docs: "PASSED" });
  await git(space, "add", "-A");
  await git(space, "commit", "-qm", "second");
  assertEquals((await run("--changed")).code, 4);
  assertEquals(statuses((await run("--changed=HEAD~1")).stderr), { docs: "CACHED" });
  await space.file("lib.ts", "// changed");
  const all = { lint: "PASSED", test: "PASSED", docs: "PASSED" };
  assertEquals(statuses((await run("--changed", "--no-cache")).stderr), all);
});

Deno.test("--changed --with-deps has the dependencies that have not changed from the cache", async () => {
  await using space = await repository();
  await space.module(
    "module.ts",
    `export const first = mark({ cache: true }, () => 1);
     export const second = mark(
       { after: { first }, cache: { files: ["a/**"] } },
       (_state, task) => task.log.info("got " + task.results.first),
     );`,
  );
  await git(space, "commit", "-qam", "module");
  await space.tdrun(["module.ts"]);
  await space.file("a/one.txt", "2");
  const { stderr } = await space.tdrun(["module.ts", "--changed", "--with-deps"]);
  assertEquals(statuses(stderr), { first: "CACHED", second: "PASSED" });
  assertStringIncludes(stderr, "got 1");
});

Deno.test("--changed is relative to the folder of the run in a part of a repository", async () => {
  await using space = await repository();
  const folder = `${space.folder}/part`;
  await Deno.mkdir(`${folder}/a`, { recursive: true });
  await Deno.copyFile(`${space.folder}/module.ts`, `${folder}/module.ts`);
  await space.file("part/lib.ts", "");
  await git(space, "add", ".");
  await git(space, "commit", "-qm", "part");
  await space.file("a/one.txt", "other");
  const run = () => space.start(["module.ts", "--changed"], { folder }).ended;
  assertEquals((await run()).code, 4);
  await space.file("part/a/one.txt", "1");
  assertEquals(statuses((await run()).stderr), { lint: "PASSED", test: "PASSED" });
});

Deno.test("--changed reports an unknown ref, a folder without git and options that conflict", async () => {
  await using space = await repository();
  const unknown = await space.tdrun(["module.ts", "--changed=nowhere"]);
  assertEquals(unknown.code, 2);
  assertStringIncludes(unknown.stderr, "Error: Cannot use --changed: git: bad revision 'nowhere'");
  const named = await space.tdrun(["module.ts::lint", "--changed"]);
  assertEquals(named.code, 2);
  assertStringIncludes(named.stderr, "Error: Cannot use --changed and task names together");
  await Deno.remove(`${space.folder}/.git`, { recursive: true });
  const none = await space.tdrun(["module.ts", "--changed"]);
  assertEquals(none.code, 2);
  assertStringIncludes(none.stderr, "Error: Cannot use --changed: git: not a git repository");
});
