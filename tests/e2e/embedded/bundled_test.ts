/** Bundled programs: a bundle is one file, without the file that threads start with. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { CONFIG, printed, RunningCommand, script, TestSpace } from "../../support/command.ts";

const PROGRAM = `
  const s = new Scheduler({ workers: 1 });
  s.register(() => 1, "a");
  if (import.meta.main) {
    const { passed, failures } = await s.start();
    console.log(JSON.stringify({ passed, error: failures.a?.error }));
  }
`;

Deno.test("Scheduler fails tasks with the remedies when a bundle starts threads", async () => {
  await using space = await TestSpace.create();
  await space.module("program.ts", PROGRAM);
  const config = ["--config", CONFIG, "--no-lock"];
  const line = [Deno.execPath(), "bundle", ...config, "-o", "bundle.js", "program.ts"];
  const bundled = await new RunningCommand(line, { folder: space.folder }).ended;
  assertEquals(bundled.code, 0, bundled.stderr);
  const { passed, error } = printed(await script(`${space.folder}/bundle.js`, space));
  assertEquals(passed, []);
  assertStringIncludes(error, "task_worker.");
  assertStringIncludes(error, "--include jsr:@thread-order/cli/worker`");
  assertStringIncludes(error, "`--external jsr:@thread-order/cli`");
  assertStringIncludes(error, '`mode: "inline"`');
});
