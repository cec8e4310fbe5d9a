/** Modules in folders whose names contain characters with a meaning in URLs. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { script, tdrun, TestSpace } from "../../support/command.ts";

const HAS_PROCESSES = Deno.build.os !== "windows";
const FOLDERS = HAS_PROCESSES
  ? ["sp ace (x)", "a%20b", "100%", "h#x", "ünï", "q?y", "back\\slash", "a[1]|^{}"]
  : ["sp ace (x)", "a%20b", "100%", "h#x", "ünï"];

for (const folder of FOLDERS) {
  Deno.test(`tdrun prints paths literally when the module is in "${folder}"`, async () => {
    await using space = await TestSpace.create();
    await Deno.mkdir(`${space.folder}/${folder}`);
    await space.module(
      `${folder}/module.ts`,
      '\nexport const a = mark(() => { throw new Error("here"); });\n',
    );
    const { code, stdout } = await space.tdrun([`${folder}/module.ts`]);
    assertEquals(code, 1);
    assertStringIncludes(stdout, `  a: Error: here\n    at ${folder}/module.ts:`);
    assertStringIncludes(stdout, '| export const a = mark(() => { throw new Error("here"); });\n');
  });

  Deno.test(`Scheduler finds the tasks of a script in the folder "${folder}"`, async () => {
    await using space = await TestSpace.create();
    await Deno.mkdir(`${space.folder}/${folder}`);
    const name = `${folder}/script.ts`;
    await space.module(
      name,
      `
      const s = new Scheduler({ workers: 1 });
      s.register(() => 1, "a");
      if (import.meta.main) console.log((await s.start()).passed.join());
    `,
    );
    for (const from of [space.folder, `${space.folder}/${folder}`]) {
      const { code, stdout } = await script(`${space.folder}/${name}`, { folder: from });
      assertEquals([code, stdout], [0, "a\n"]);
    }
  });

  Deno.test(`tdrun prints paths literally when the current folder is "${folder}"`, async () => {
    await using space = await TestSpace.create();
    await Deno.mkdir(`${space.folder}/${folder}`);
    await space.module(
      `${folder}/a%20module.ts`,
      '\nexport const a = mark(() => { throw new Error("here"); });\n',
    );
    for (const isolate of HAS_PROCESSES ? ["worker", "inline", "process"] : ["worker", "inline"]) {
      const args = ["a%20module.ts", `--isolate=${isolate}`];
      const { stdout } = await tdrun(args, { folder: `${space.folder}/${folder}` });
      assertStringIncludes(stdout, "  a: Error: here\n    at a%20module.ts:");
      assertStringIncludes(stdout, "| export const a = mark(() =>");
    }
  });
}

Deno.test("tdrun resolves paths of options before the module changes the folder", async () => {
  await using space = await TestSpace.create();
  await Deno.mkdir(`${space.folder}/else`);
  await space.file("state.json", '{ "env": "prod" }');
  const options = ["--state-file=state.json", "--state-out=out.json", "--reporter=json=run.ndjson"];
  const { code, stderr } = await space.tdrunModule(
    `Deno.chdir(new URL("else", import.meta.url)); export const a = mark((state) => state.env);`,
    [...options, "--log"],
  );
  assertEquals(code, 0, stderr);
  assertEquals([...Deno.readDirSync(`${space.folder}/else`)], []);
  const files = Array.from(Deno.readDirSync(space.folder), ({ name }) => name).sort();
  assertEquals(files, [
    ...[".tdrun", "else", "module.ts", "out.json", "run.ndjson", "state.json"],
    ...["tdrun_main.log", "tdrun_thread_0.log"],
  ]);
});
