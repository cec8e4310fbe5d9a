/** Settings of a project: where they are found, profiles, and errors. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { lastLine, statuses, TestSpace } from "../../support/command.ts";

const MODULE = `
  export const a = mark({ tags: ["fast"] }, () => {});
  export const b = mark(() => {});
`;

async function spaceWith(name: string, content: unknown): Promise<TestSpace> {
  const space = await TestSpace.create();
  await space.module("module.ts", MODULE);
  await space.file(name, typeof content === "string" ? content : JSON.stringify(content));
  return space;
}

const SETTINGS = {
  module: "module.ts",
  output: "none",
  profiles: { fast: { tags: "fast" }, junit: { extends: "fast", reporter: "junit=out.xml" } },
};

Deno.test("tdrun without arguments runs the module of tdrun.json", async () => {
  await using space = await spaceWith("tdrun.json", SETTINGS);
  const { code, stdout, stderr } = await space.tdrun([]);
  assertEquals([code, lastLine(stdout)], [0, "==== 2 passed, 0 failed, 0 skipped"], stderr);
});

Deno.test("--profile and TDRUN_PROFILE select a profile, and the option wins", async () => {
  await using space = await spaceWith(
    "deno.jsonc",
    `{ /* */ "tdrun": ${JSON.stringify(SETTINGS)} }`,
  );
  const fast = await space.tdrun(["--profile=junit"]);
  assertEquals(Object.keys(statuses(fast.stderr)), ["a"], fast.stderr);
  assertStringIncludes(await Deno.readTextFile(`${space.folder}/out.xml`), "<testsuite");
  const env = { TDRUN_PROFILE: "fast" };
  assertEquals(Object.keys(statuses((await space.tdrun([], env)).stderr)), ["a"]);
  const wrong = await space.tdrun(["--profile=fats"], env);
  assertEquals(wrong.code, 2);
  assertStringIncludes(wrong.stderr, 'has the profiles fast, junit; did you mean "fast"?');
});

Deno.test("tdrun finds the settings of a folder above, and resolves their paths there", async () => {
  await using space = await spaceWith("tdrun.json", SETTINGS);
  await Deno.mkdir(`${space.folder}/sub`);
  const { code, stdout, stderr } = await space.tdrun(["-C", "sub", "--profile=junit"]);
  assertEquals([code, lastLine(stdout)], [0, "==== 1 passed, 0 failed, 0 skipped"], stderr);
  assertEquals((await Deno.stat(`${space.folder}/out.xml`)).isFile, true);
});

Deno.test("tdrun reports invalid settings in one line, but prints its help", async () => {
  await using space = await spaceWith("tdrun.json", { module: "module.ts", wrokers: 2 });
  const { code, stdout, stderr } = await space.tdrun([]);
  assertEquals(
    stderr,
    `Error: Cannot use wrokers in "${space.folder}/tdrun.json": no such setting; ` +
      'did you mean "workers"?\n',
  );
  assertEquals([code, stdout], [2, ""]);
  await space.file("tdrun.json", "{ broken");
  const broken = await space.tdrun(["module.ts"]);
  assertStringIncludes(broken.stderr, `Error: Cannot read "${space.folder}/tdrun.json": `);
  assertEquals([broken.code, broken.stderr.split("\n").length], [2, 2]);
  assertEquals((await space.tdrun(["--help"])).code, 0);
  assertEquals((await space.tdrun(["module.ts", "--no-settings"])).code, 0);
});

Deno.test("tdrun rejects settings in two files of a folder, and a profile without settings", async () => {
  await using space = await spaceWith("tdrun.json", {});
  await space.file("deno.json", JSON.stringify({ tdrun: {} }));
  const { code, stderr } = await space.tdrun(["module.ts"]);
  assertStringIncludes(stderr, "keep the settings in one file");
  assertEquals(code, 2);
  await using bare = await TestSpace.create();
  const missing = await bare.tdrun(["module.ts"], { TDRUN_PROFILE: "ci" });
  assertStringIncludes(missing.stderr, 'Cannot use TDRUN_PROFILE=ci: no "tdrun" in a deno.json');
  assertEquals(missing.code, 2);
});

Deno.test("--settings prints the values in force and their sources", async () => {
  await using space = await spaceWith("tdrun.json", SETTINGS);
  const { code, stdout } = await space.tdrun(["--settings", "--profile=fast", "--workers=1"]);
  const path = `${space.folder}/tdrun.json`;
  assertEquals(stdout.split("\n"), [
    `module   module.ts  ${path}`,
    `output   none       ${path}`,
    `tags     fast       ${path}, profile fast`,
    "workers  1          command line",
    "",
  ]);
  assertEquals(code, 0);
});
