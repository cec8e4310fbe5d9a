/** A respawned command leaves no temporary files and no process. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { inRepository, RunningCommand, TestSpace } from "../../support/command.ts";

const COMMAND = [Deno.execPath(), "run", "-q", "-A", inRepository("cli.ts"), "module.ts"];
/** A lock that takes a while to read, when there is a folder for its copy. */
const LONG_LOCK = `{"version":"5"}${" ".repeat(20_000_000)}`;

/** A project in a folder, with a folder for temporary files. */
async function makeProject({ folder }: TestSpace): Promise<{ temporary: string }> {
  const temporary = `${folder}/temporary`;
  await Deno.mkdir(temporary);
  await Deno.writeTextFile(`${folder}/deno.json`, `{"imports":{"lib":"./lib.ts"}}`);
  await Deno.writeTextFile(`${folder}/lib.ts`, "");
  await Deno.writeTextFile(`${folder}/module.ts`, `import "lib";`);
  return { temporary };
}

for (const [signal, code] of [["SIGTERM", 143], ["SIGHUP", 129]] as const) {
  Deno.test(`tdrun exits ${code} and removes its folder when ${signal} comes early`, async () => {
    await using space = await TestSpace.create();
    const { folder } = space;
    const { temporary } = await makeProject(space);
    await space.file("deno.lock", LONG_LOCK);
    using watcher = Deno.watchFs(temporary);
    const run = new RunningCommand(COMMAND, { folder, env: { TMPDIR: temporary } });
    for await (const { kind } of watcher) if (kind === "create") break;
    run.kill(signal);
    assertEquals((await run.ended).code, code);
    assertEquals([...Deno.readDirSync(temporary)], []);
  });
}

Deno.test("tdrun exits 2 and removes its folder when its files cannot be written", async () => {
  await using space = await TestSpace.create();
  const { folder } = space;
  const { temporary } = await makeProject(space);
  await space.file("deno.lock", `{"version":"5"}`);
  const line = ["bash", "-c", `trap "" XFSZ; ulimit -f 0; exec "$@"`, "bash", ...COMMAND];
  const run = new RunningCommand(line, { folder, env: { TMPDIR: temporary } });
  const { code, stderr } = await run.ended;
  assertStringIncludes(stderr, "Error: Cannot restart with the imports of the module's project: ");
  assertEquals(code, 2);
  assertEquals([...Deno.readDirSync(temporary)], []);
});

Deno.test("tdrun ends the respawned process when the first process is killed", async () => {
  await using space = await TestSpace.create();
  const { folder } = space;
  await makeProject(space);
  await space.module(
    "module.ts",
    `
    import "lib";
    const { setTimeout } = globalThis;
    globalThis.setInterval = () => 0;
    export const waits = mark(async (_state, task) => {
      const { promise, resolve } = Promise.withResolvers();
      setTimeout(resolve, 15_000);
      task.signal.addEventListener("abort", resolve);
      console.error("it runs");
      await promise;
    });
  `,
  );
  const run = new RunningCommand([...COMMAND, "--workers=1"], { folder });
  await run.waitFor("it runs");
  run.kill("SIGKILL");
  const { stderr } = await run.ended; // after the other process closed its streams
  assertStringIncludes(stderr, "SIGTERM: waiting for ");
});
