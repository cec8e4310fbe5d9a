/** A terminal that is closed, and `nohup`, which keeps that away. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { bounded } from "../../support/bounded.ts";
import { lastLine, RunningCommand, statuses, tdrunLine, TestSpace } from "../../support/command.ts";
import { hasScript, PseudoTerminal } from "../../support/pseudo_terminal.ts";

/** `a` ends when it has been told and a file is there; each signal of a terminal is told. */
const PATIENT = `
  const isThere = (name) => { try { return Deno.statSync(name).isFile; } catch { return false; } };
  export const a = mark(async (state, task) => {
    const told = new Promise((resolve) => task.signal.addEventListener("abort", resolve));
    task.log.info("a has begun");
    await told;
    while (!isThere("go")) await new Promise((resolve) => setTimeout(resolve, 10));
  });
  export const b = mark({ after: ["a"] }, () => {});
  export const teardownState = () => {
    console.error("cleaned up");
    Deno.writeTextFileSync("clean", "");
  };
`;
const COUNTING = `
  let heard = 0;
  const isMain = !self.name?.startsWith?.("thread_");
  if (isMain) Deno.addSignalListener("SIGHUP", () => console.error("heard " + ++heard));
`;

for (const isolate of ["worker", "process"]) {
  Deno.test(`SIGHUP, once or twice: as Ctrl-C, exit 129, by ${isolate}`, async () => {
    await using space = await TestSpace.create();
    await space.module("module.ts", PATIENT + COUNTING);
    const run = space.start(["module.ts", `--isolate=${isolate}`]);
    await run.waitFor("a has begun");
    run.kill("SIGHUP");
    await run.waitFor("SIGHUP: waiting up to 10 s for running tasks\n");
    run.kill("SIGHUP"); // a shell sends it as well, when it ends
    await run.waitFor("heard 2");
    await space.file("go", "");
    const { code, stdout, stderr } = await run.ended;
    assertEquals(statuses(stderr), { b: "CANCELLED", a: "PASSED" });
    assertStringIncludes(stderr, "cleaned up\n");
    assertEquals(lastLine(stdout), "==== 1 passed, 0 failed, 0 skipped, 1 cancelled");
    assertEquals(code, 129);
  });
}

Deno.test("SIGHUP with tasks on the main thread, once or twice: as Ctrl-C, exit 129", async () => {
  await using space = await TestSpace.create();
  await space.module(
    "module.ts",
    `export const a = mark(async (state, task) => {
      const told = new Promise((resolve) => task.signal.addEventListener("abort", resolve));
      await new Promise((resolve) => setTimeout(resolve, 2_000)); // until signals are heard
      Deno.kill(Deno.pid, "SIGHUP");
      await told;
      await new Promise((resolve) => setTimeout(resolve, 200)); // the next is not the same one
      Deno.kill(Deno.pid, "SIGHUP");
    });
    export const b = mark({ after: ["a"] }, () => {});
    export const teardownState = () => console.error("cleaned up");`,
  );
  const { code, stdout, stderr } = await space.tdrun(["module.ts", "--workers=0"]);
  assertStringIncludes(stderr, "cleaned up\n");
  assertEquals(lastLine(stdout), "==== 1 passed, 0 failed, 0 skipped, 1 cancelled");
  assertEquals(code, 129);
});

Deno.test("SIGHUP while a task blocks the main thread: it has 10 s, exit 129", async () => {
  await using space = await TestSpace.create();
  await space.module(
    "module.ts",
    `export const a = mark(async () => {
      await new Promise((resolve) => setTimeout(resolve, 2_000)); // until signals are heard
      Deno.kill(Deno.pid, "SIGHUP");
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
    });`,
  );
  const { code, stderr } = await space.tdrun(["module.ts", "--workers=0"]);
  assertStringIncludes(stderr, "SIGHUP: the main thread is busy; exiting within 10 s\n");
  assertEquals(code, 129);
});

Deno.test("SIGHUP while teardownState blocks: it ends, exit 129", async () => {
  await using space = await TestSpace.create();
  await space.module(
    "module.ts",
    `export const a = mark(() => {});
    export const teardownState = () => {
      Deno.kill(Deno.pid, "SIGHUP");
      for (const end = Date.now() + 200; Date.now() < end;);
      console.error("cleaned up");
    };`,
  );
  const { code, stdout, stderr } = await space.tdrun(["module.ts"]);
  assertStringIncludes(stderr, "cleaned up\n");
  assertEquals(lastLine(stdout), "==== 1 passed, 0 failed, 0 skipped");
  assertEquals(code, 129);
});

Deno.test("SIGHUP that is ignored, as by nohup: it stays so", async () => {
  await using space = await TestSpace.create();
  await space.module("module.ts", PATIENT);
  await space.file("go", "");
  const line = ["bash", "-c", `trap "" HUP; exec "$@"`, "bash", ...tdrunLine(["module.ts"])];
  const run = new RunningCommand(line, { folder: space.folder });
  await run.waitFor("a has begun");
  run.kill("SIGHUP");
  run.kill("SIGTERM");
  const { code, stderr } = await run.ended;
  assertStringIncludes(stderr, "SIGTERM: waiting for running tasks");
  assert(!stderr.includes("SIGHUP"), stderr);
  assertEquals(code, 143);
});

Deno.test({
  name: "a standard error that is full when a signal comes: all is torn down, exit 129",
  ignore: !await Deno.stat("/dev/full").then(() => true, () => false),
  fn: async () => {
    await using space = await TestSpace.create();
    await space.module("module.ts", PATIENT);
    await space.file("go", "");
    const command = tdrunLine(["module.ts", "--reporter=json"]);
    const line = ["bash", "-c", 'exec "$@" 3>&2 2>/dev/full >&3', "bash", ...command];
    const run = new RunningCommand(line, { folder: space.folder });
    await run.waitFor("a has begun");
    run.kill("SIGHUP");
    assertEquals((await run.ended).code, 129);
    await Deno.stat(`${space.folder}/clean`);
  },
});

/** What a shell does that the command is run by, on a terminal that is closed; and what comes of that. */
const CLOSED = {
  "that passes the signal on": [
    String.raw`trap "kill -HUP \$!" HUP; "$@" & wait $!; wait $!`,
    PATIENT,
    "129",
  ],
  "that ignores it": [
    'trap "" HUP; "$@"',
    PATIENT.replace("await told;", ""),
    "0",
  ],
} as const;

for (const [shell, [script, module, code]] of Object.entries(CLOSED)) {
  Deno.test({
    name: `a terminal that is closed, with a shell ${shell}: all is torn down, exit ${code}`,
    ignore: !hasScript,
    fn: async () => {
      await using space = await TestSpace.create();
      await space.module("module.ts", module);
      const kept = `${script}; echo $? > code.part; mv code.part code`;
      const program = ["bash", "-c", kept, "bash", ...tdrunLine(["module.ts"])];
      {
        await using terminal = new PseudoTerminal([], { folder: space.folder, program });
        await terminal.showed("a has begun");
      }
      await space.file("go", "");
      assertEquals(await textOf(space.folder, "code"), `${code}\n`);
      await Deno.stat(`${space.folder}/clean`);
    },
  });
}

/** What a file holds, when it is there. */
async function textOf(folder: string, name: string): Promise<string> {
  using watcher = Deno.watchFs(folder);
  const there = async () => {
    for await (const { name: found } of Deno.readDir(folder)) if (found === name) return true;
    return false;
  };
  const wait = async () => {
    if (await there()) return;
    for await (const _ of watcher) if (await there()) return;
  };
  await bounded(wait(), `"${name}"`);
  return await Deno.readTextFile(`${folder}/${name}`);
}
