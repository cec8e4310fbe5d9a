/** Programs that are made into one file: a bundle has no files but itself, so none for threads to begin with. */
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

Deno.test("a bundle: tasks on threads fail with what is to be done about it", async () => {
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
