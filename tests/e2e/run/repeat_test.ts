/** `--repeat`, `--keep-going` and `-C`. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { TestSpace } from "../../support/command.ts";

/** A module with a task that fails in every second run; the count of runs is in a file. */
const FLAKY = `
  export const steady = mark(() => {});
  export const flaky = mark(() => {
    let runs = 0;
    try { runs = Deno.readTextFileSync("runs.txt").length; } catch { /* the first run */ }
    Deno.writeTextFileSync("runs.txt", "x".repeat(runs + 1));
    if (runs % 2 === 0) throw new Error("no");
  });
`;

Deno.test("--keep-going runs all repetitions, prints flake rates and exits with 1", async () => {
  await using space = await TestSpace.create();
  const { code, stdout } = await space.tdrunModule(FLAKY, ["--repeat=4", "--keep-going"]);
  assertStringIncludes(
    stdout,
    "\nFlake rates in 4 runs:\n    50%  flaky  failed in 2 of 4 runs\n     0%  the other 1 task\n",
  );
  assertEquals(stdout.match(/====/g)!.length, 8, "one summary a run");
  assertEquals(code, 1);
});

Deno.test("--repeat stops at the first failure without --keep-going", async () => {
  await using space = await TestSpace.create();
  const { code, stdout, stderr } = await space.tdrunModule(FLAKY, ["--repeat=4"]);
  assertStringIncludes(stderr, "Run 1 of 4");
  assertEquals([code, stderr.includes("Run 2"), stdout.includes("Flake rates")], [1, false, false]);
});

Deno.test("--keep-going leaves standard output to a report", async () => {
  await using space = await TestSpace.create();
  const { stdout, stderr } = await space.tdrunModule(FLAKY, [
    "--repeat=2",
    "--keep-going",
    "--reporter=json",
  ]);
  for (const line of stdout.trimEnd().split("\n")) JSON.parse(line);
  assertStringIncludes(stderr, "Flake rates in 2 runs:");
});

Deno.test("-C runs the command in another folder", async () => {
  await using space = await TestSpace.create();
  await Deno.mkdir(`${space.folder}/inner`);
  await space.module("inner/module.ts", "export const where = mark(() => Deno.cwd());");
  const { code, stderr } = await space.tdrun(["-C", "inner", "module.ts"]);
  assertEquals(code, 0, stderr);
  assertEquals(Deno.statSync(`${space.folder}/inner/.tdrun`).isDirectory, true);
  const missing = await space.tdrun(["module.ts", "-C", "missing"]);
  assertEquals(missing.stderr, 'Error: Cannot change to the folder "missing": no such folder\n');
  assertEquals(missing.code, 2);
});
