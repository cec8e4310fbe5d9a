/** Stray errors on the main thread, and abandoned hooks, in the reports. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { RunEvent } from "../../../src/events/run_event.ts";
import { lastLine, TestSpace } from "../../support/command.ts";
import { graphOf } from "../../support/graphs.ts";
import { assertWellFormed } from "../../support/well_formed.ts";

const FORMATS = ["junit", "tap", "json", "html", "trace", "github", "lines", "dot"];
const REPORTERS = FORMATS.map((name) => `--reporter=${name}=${name}.txt`);
const TASK = "export const a = mark(() => 1);";
const ERRORS = {
  "teardownState throws": [
    `${TASK} export const teardownState = () => { throw new Error("it broke"); };`,
    "in teardownState",
  ],
  "the top level leaks a rejected promise": [
    `${TASK} if (!self.name?.startsWith?.("thread_")) Promise.reject(new Error("it broke"));`,
    "belongs to no task",
  ],
} as const;

for (const [fault, [module, where]] of Object.entries(ERRORS)) {
  Deno.test(`Reporters report a stray error when ${fault}`, async () => {
    await using space = await TestSpace.create();
    const { code, stdout } = await space.tdrunModule(module, REPORTERS);
    assertEquals(lastLine(stdout), "==== 1 passed, 0 failed, 0 skipped, 1 stray error");
    assertStringIncludes(
      stdout,
      `Errors outside of tasks:\n  main thread: Error: it broke\n    ${where}\n`,
    );
    assertEquals(code, 1);
    const read = (name: string) => Deno.readTextFile(`${space.folder}/${name}.txt`);
    for (const name of FORMATS.slice(0, -1)) assertStringIncludes(await read(name), "it broke");
    assertStringIncludes(await read("junit"), 'tests="2" failures="0" errors="1"');
    assertStringIncludes(await read("tap"), "not ok 2 - (stray error on main thread)\n");
    const events = (await read("json")).trimEnd().split("\n").map((it): RunEvent => JSON.parse(it));
    assertEquals(events.slice(-2).map(({ type }) => type), ["stray-error", "run-finished"]);
    assertWellFormed(events, graphOf({ a: [] }), { skipDependents: true });
  });
}

Deno.test("--reporter=github writes stray errors to the output and the job summary", async () => {
  await using space = await TestSpace.create();
  const [module] = ERRORS["teardownState throws"];
  const page = { GITHUB_STEP_SUMMARY: "page.md" };
  const { stderr } = await space.tdrunModule(module, ["--reporter=github"], page);
  assertStringIncludes(stderr, "title=Error outside of tasks on main thread::Error: it broke");
  assertStringIncludes(await Deno.readTextFile(`${space.folder}/page.md`), "it broke");
});

Deno.test("--reporter=junit has the tasks when a signal abandons teardownState", async () => {
  await using space = await TestSpace.create();
  await space.module(
    "module.ts",
    `${TASK}
    export const teardownState = async () => {
      await 0;
      console.error("tearing down");
      await new Promise((resolve) => setTimeout(resolve, 1e9));
    };`,
  );
  const run = space.start(["module.ts", "--reporter=junit=junit.xml"]);
  await run.waitFor("tearing down");
  run.kill("SIGINT");
  await run.waitFor("Interrupted: waiting for the run to end. Ctrl-C again to stop now.");
  assertEquals((await run.killUntilEnded("SIGINT")).code, 130);
  const junit = await Deno.readTextFile(`${space.folder}/junit.xml`);
  assertStringIncludes(junit, 'testcase name="a"');
  assertStringIncludes(junit, "Error: abandoned after a second signal");
  assert(junit.endsWith("</testsuites>\n"), junit);
});
