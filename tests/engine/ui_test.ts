/** `tdrun ui --engine`: runs of the web UI on remote workers. */
import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { UsageError } from "../../src/base/errors.ts";
import { readStart } from "../../src/gui/read_request.ts";
import { TestSpace } from "../support/command.ts";
import { cliBackend } from "../../src/cli/ui/cli_backend.ts";
import { EngineRig } from "../support/engine_rig.ts";
import { engineTest } from "../support/servers.ts";

engineTest(
  "tdrun ui --engine runs tasks on remote workers and shows their state",
  async (program) => {
    await using rig = await EngineRig.start(
      program,
      `
    export const a = mark((state) => { console.log("out of a"); state.n++; return { pid: Deno.ppid }; });
    export const b = mark({ after: ["a"] }, (state) => state.n + 1);
    `,
    );
    const worker = await rig.worker(["--workers=1"]);
    const backend = cliBackend(rig.space.folder, rig.server.url);
    const run = await backend.start({
      ...{ module: "module.ts", workers: 2, tags: "", names: [], skipDependents: true, log: false },
      ...{ state: { n: 1 }, mocks: {}, rerunFailed: false },
    });
    const events = [];
    for await (const line of run.lines) events.push(JSON.parse(line));
    const { code, output, state } = await run.ended;
    assertEquals(code, 0, output);
    assertEquals(events.filter((it) => it.type === "task-finished").length, 2);
    assert(events.some((it) => it.text === "out of a"));
    const { n, results } = state as { n: number; results: { a: { pid: number }; b: number } };
    assertEquals([n, results.b, results.a.pid], [2, 3, worker.pid]);
  },
  ["redis-server"],
);

Deno.test("the page may request as many workers as an engine accepts", async () => {
  const asked = readStart({ module: "module.ts", workers: 64 });
  assert("module" in asked && asked.workers === 64);
  const read = () => readStart({ module: "module.ts", workers: 1_001 });
  assertThrows(
    read,
    UsageError,
    'Cannot read "workers": expected an integer from 1 to 1000',
  );
  await using space = await TestSpace.create();
  await space.module("module.ts", "export const a = mark(() => 1);");
  const run = await cliBackend(space.folder, undefined).start(asked);
  assertEquals(await Array.fromAsync(run.lines), []);
  const { code, output } = await run.ended;
  assertStringIncludes(output, "Cannot use --workers=64: expected a whole number from 0 to 63");
  assertEquals(code, 2);
});
