/** `--results=last`. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { TestSpace } from "../../support/command.ts";

const MODULE = `
  export const source = mark(() => new Map([["rows", 3]]));
  export const other = mark(() => 1);
  export const load = mark({ after: { source } }, (_state, task) => task.results.source.get("rows"));
  export const report = mark({ after: { load, source, other } }, (_state, { results }) => {
    console.log("rows", results.load, results.source.get("rows"));
  });
  export const broken = mark(() => { throw new Error("no"); });
  export const after_broken = mark({ after: [broken] }, () => {});
  export const clean = mark({ after: [broken], when: "always" }, () => {});
`;

Deno.test("--results=last runs a task with the results of the last run", async () => {
  await using space = await TestSpace.create();
  const none = await space.tdrunModule(MODULE, ["::report", "--results=last"]);
  assertEquals(none.code, 2);
  assertStringIncludes(
    none.stderr,
    'Error: Cannot use the last results: no run of "module.ts" in ".tdrun" has ' +
      '"load", "other", "source"; run them once',
  );
  await space.tdrun(["module.ts"]);
  for (let run = 0; run < 2; run++) { // the second run uses the same results: it recorded none
    const { code, stdout, stderr } = await space.tdrun(["module.ts::report", "--results=last"]);
    assertEquals(code, 0, stderr);
    assertStringIncludes(stdout, "rows 3 3\n");
    assertStringIncludes(stderr, "results of the run of 20");
    assertStringIncludes(stderr, ': "load", "other", "source"\n');
    assertStringIncludes(stdout, "==== 1 passed");
  }
  const typed = await space.tdrun(["module.ts::report", "--results=last", "--result-load:=7"]);
  assertStringIncludes(typed.stdout, "rows 7 3\n");
});

Deno.test("--results=last refuses results of changed dependencies without --force", async () => {
  await using space = await TestSpace.create();
  await space.tdrunModule(MODULE);
  const run = (text: string, ...args: string[]) =>
    space.tdrunModule(text, ["::report", "--results=last", ...args]);
  const edited = await run(MODULE.replace('"rows", results', '"ROWS", results'));
  assertEquals([edited.code, edited.stdout.includes("ROWS 3 3")], [0, true], edited.stderr);
  const changed = MODULE.replace('"rows", 3', '"rows", 4');
  const refused = await run(changed);
  assertEquals(refused.code, 2);
  assertStringIncludes(
    refused.stderr,
    ': "source" has changed since; run the dependencies, or use',
  );
  const forced = await run(changed, "--force");
  assertEquals([forced.code, forced.stdout.includes("rows 3 3")], [0, true], forced.stderr);
  const rewired = await run(MODULE.replace("after: { source } ", "after: { source, other } "));
  assertStringIncludes(rewired.stderr, ': "load" has changed since;');
});

Deno.test("--results=last refuses the result of a task that failed", async () => {
  await using space = await TestSpace.create();
  await space.tdrunModule(MODULE);
  const { code, stderr } = await space.tdrun(["module.ts::after_broken", "--results=last"]);
  assertEquals(code, 2);
  assertStringIncludes(stderr, ': "broken" was failed');
  const clean = await space.tdrun(["module.ts::clean", "--results=last"]);
  assertEquals(clean.code, 0, clean.stderr);
});

Deno.test("--results=last requires a selection, and excludes --with-deps", async () => {
  for (
    const [args, error] of [
      [["m.ts"], "--results requires selected tasks: module::task or --tags"],
      [["m.ts::a", "--with-deps"], "Cannot use --results and --with-deps together"],
      [["m.ts::a", "--rerun-failed"], "Cannot use --results and --rerun-failed together"],
    ] as const
  ) {
    await using space = await TestSpace.create(["--results=last"]);
    const { code, stderr } = await space.tdrun(args);
    assertEquals([code, stderr], [2, `Error: ${error}\n`]);
  }
});
