/** The cache and `--watch` with several modules, shards, settings and the last results. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { bounded } from "../../support/bounded.ts";
import { statuses, TestSpace } from "../../support/command.ts";

/** Two modules: `app` imports a file of its own, and depends on a task of `core`. */
async function projectSpace(): Promise<TestSpace> {
  const space = await TestSpace.create();
  await space.file("core_value.ts", `export const value = "core";`);
  await space.file("app_value.ts", `export const value = "app";`);
  await space.module(
    "core.ts",
    `import { value } from "./core_value.ts";
     export const build = mark({ cache: true }, () => value.length);
     export const plain = mark(() => 1);`,
  );
  await space.module(
    "app.ts",
    `import { value } from "./app_value.ts";
     export const lint = mark({ cache: true }, () => value);
     export const bundle = mark({ after: ["core::build"], cache: true }, (_state, task) => task.results[0]);`,
  );
  return space;
}

const ALL = ["core.ts", "app.ts"];

Deno.test("the cache of a project compares the module graph of each task alone", async () => {
  await using space = await projectSpace();
  const run = async (...args: string[]) => statuses((await space.tdrun([...ALL, ...args])).stderr);
  await run();
  const cached = { "core::build": "CACHED", "app::lint": "CACHED", "app::bundle": "CACHED" };
  assertEquals(await run(), { ...cached, "core::plain": "PASSED" });

  // The modules are another set now, and in another order: entries belong to a module and a task.
  const reversed = await space.tdrun(["app.ts", "core.ts"]);
  assertEquals(statuses(reversed.stderr), { ...cached, "core::plain": "PASSED" });

  await space.file("core_value.ts", `export const value = "nice";`);
  assertEquals(await run(), { ...cached, "core::build": "PASSED", "core::plain": "PASSED" });
  await space.file("app_value.ts", `export const value = "other";`);
  assertEquals(await run(), {
    "core::build": "CACHED",
    "core::plain": "PASSED",
    "app::lint": "PASSED",
    "app::bundle": "PASSED",
  });
});

Deno.test("the cache serves shards and the tasks of --results=last", async () => {
  await using space = await projectSpace();
  await space.tdrun(ALL);
  const found: Record<string, string> = {};
  for (const shard of ["1/2", "2/2"]) {
    const { stderr, code } = await space.tdrun([...ALL, `--shard=${shard}`]);
    assertEquals(code, 0, stderr);
    Object.assign(found, statuses(stderr));
  }
  assertEquals(found, {
    "core::build": "CACHED",
    "core::plain": "PASSED",
    "app::lint": "CACHED",
    "app::bundle": "CACHED",
  });
  const last = await space.tdrun([...ALL, "::app::bundle", "--results=last"]);
  assertEquals(statuses(last.stderr), { "app::bundle": "CACHED" });
});

Deno.test("settings turn the cache off, and move it", async () => {
  await using space = await projectSpace();
  const settings = (value: unknown) => space.file("tdrun.json", JSON.stringify(value));
  await settings({ cacheDir: "here" });
  await space.tdrun(ALL);
  assertEquals(Deno.statSync(`${space.folder}/here`).isDirectory, true);
  const { stderr } = await space.tdrun([...ALL, "--cache-dir=here"]);
  assertEquals(statuses(stderr)["app::lint"], "CACHED");
  await settings({ cache: false });
  const off = await space.tdrun([...ALL, "--cache-dir=here"]);
  assertEquals(statuses(off.stderr)["app::lint"], "PASSED");
});

Deno.test("--watch of a project runs the module that has changed, and dependents", async () => {
  await using space = await projectSpace();
  const watch = space.start([...ALL, "--watch"]);
  const idle = async (text: string) => {
    await watch.waitFor(text);
    while (!/Watching \d+ files?\n$/.test(watch.stderr)) {
      await bounded(watch.nextOutput(), "the end of the round");
    }
  };
  await idle("Watching");
  await space.file("app_value.ts", `export const value = "new";`);
  await idle("app_value.ts changed: 2 of 4 tasks");
  await space.file("core_value.ts", `export const value = "longer";`);
  await idle("core_value.ts changed: 3 of 4 tasks");
  watch.kill("SIGTERM");
  const { stderr } = await watch.ended;
  const round = stderr.split("core_value.ts changed").at(-1)!;
  assertEquals(statuses(round), {
    "core::build": "PASSED",
    "core::plain": "PASSED",
    "app::bundle": "PASSED",
  });
});

Deno.test("a cached task cannot use a resource", async () => {
  await using space = await TestSpace.create();
  await space.module(
    "module.ts",
    `import { resource } from "@thread-order/cli";
     export const db = resource(() => ({ value: 1 }));
     export const user = mark({ use: { db }, cache: true }, () => 1);`,
  );
  const { code, stderr } = await space.tdrun(["module.ts"]);
  assertEquals(code, 2);
  assertStringIncludes(stderr, "Cannot cache a task with `use`");
});

Deno.test("--watch sets up the resources of the tasks that it runs again", async () => {
  await using space = await TestSpace.create();
  await space.file("in.txt", "1");
  await space.module(
    "module.ts",
    `import { resource } from "@thread-order/cli";
     export const read = mark({ cache: { files: ["in.txt"] } }, () => Deno.readTextFileSync("in.txt"));
     export const db = resource({ after: { read } }, (_state, task) => ({ value: task.results.read }));
     export const user = mark({ use: { db } }, (_state, task) => task.log.info("db has " + task.use.db));
     export const other = mark(() => 1);`,
  );
  const watch = space.start(["module.ts", "--watch"]);
  await watch.waitFor("Watching");
  await space.file("in.txt", "2");
  await watch.waitFor("db has 2");
  watch.kill("SIGTERM");
  const { stderr } = await watch.ended;
  assertStringIncludes(stderr, "in.txt changed: 2 of 3 tasks");
});
