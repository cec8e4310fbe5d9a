/** SIGHUP, which a terminal sends when it is closed, and which `nohup` ignores. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { bounded } from "../../support/bounded.ts";
import { lastLine, RunningCommand, statuses, tdrunLine, TestSpace } from "../../support/command.ts";
import { hasScript, PseudoTerminal } from "../../support/pseudo_terminal.ts";

/** `a` ends when it is aborted and a file exists. */
const SLOW_TO_END = `
  const isThere = (name) => { try { return Deno.statSync(name).isFile; } catch { return false; } };
  export const a = mark(async (state, task) => {
    const aborted = new Promise((resolve) => task.signal.addEventListener("abort", resolve));
    task.log.info("a has begun");
    await aborted;
    while (!isThere("go")) await new Promise((resolve) => setTimeout(resolve, 10));
  });
  export const b = mark({ after: ["a"] }, () => {});
  export const teardownState = () => {
    console.error("cleaned up");
    Deno.writeTextFileSync("clean", "");
  };
`;
/** Prints the number of each SIGHUP. */
const COUNTING = `
  let heard = 0;
  const isMain = !self.name?.startsWith?.("thread_");
  if (isMain) Deno.addSignalListener("SIGHUP", () => console.error("heard " + ++heard));
`;

for (const isolate of ["worker", "process"]) {
  Deno.test(`SIGHUP lets running tasks end, also if sent twice, --isolate=${isolate}`, async () => {
    await using space = await TestSpace.create();
    await space.module("module.ts", SLOW_TO_END + COUNTING);
    const run = space.start(["module.ts", `--isolate=${isolate}`]);
    await run.waitFor("a has begun");
    run.kill("SIGHUP");
    await run.waitFor("SIGHUP: waiting up to 10 s for 1 task\n");
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

Deno.test("SIGHUP lets a task on the main thread end, also when sent twice", async () => {
  await using space = await TestSpace.create();
  await space.module(
    "module.ts",
    `export const a = mark(async (state, task) => {
      const aborted = new Promise((resolve) => task.signal.addEventListener("abort", resolve));
      await new Promise((resolve) => setTimeout(resolve, 2_000)); // until signals are handled
      Deno.kill(Deno.pid, "SIGHUP");
      await aborted;
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

Deno.test("SIGHUP exits with 129 within 10 s when a task blocks the main thread", async () => {
  await using space = await TestSpace.create();
  await space.module(
    "module.ts",
    `export const a = mark(async () => {
      await new Promise((resolve) => setTimeout(resolve, 2_000)); // until signals are handled
      Deno.kill(Deno.pid, "SIGHUP");
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
    });`,
  );
  const { code, stderr } = await space.tdrun(["module.ts", "--workers=0"]);
  assertStringIncludes(stderr, "SIGHUP: the main thread is busy; exiting within 10 s\n");
  assertEquals(code, 129);
});

Deno.test("SIGHUP lets teardownState end and exits with 129 when it blocks", async () => {
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

Deno.test("SIGHUP stays ignored when tdrun is started with it ignored, as by nohup", async () => {
  await using space = await TestSpace.create();
  await space.module("module.ts", SLOW_TO_END);
  await space.file("go", "");
  const line = ["bash", "-c", `trap "" HUP; exec "$@"`, "bash", ...tdrunLine(["module.ts"])];
  const run = new RunningCommand(line, { folder: space.folder });
  await run.waitFor("a has begun");
  run.kill("SIGHUP");
  run.kill("SIGTERM");
  const { code, stderr } = await run.ended;
  assertStringIncludes(stderr, "SIGTERM: waiting for ");
  assert(!stderr.includes("SIGHUP"), stderr);
  assertEquals(code, 143);
});

Deno.test({
  name: "SIGHUP runs teardownState and exits with 129 when standard error is full",
  ignore: !await Deno.stat("/dev/full").then(() => true, () => false),
  fn: async () => {
    await using space = await TestSpace.create();
    await space.module("module.ts", SLOW_TO_END);
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

/** The shell that runs the command on a terminal that is closed: script, module, exit code. */
const CLOSED = {
  "passes SIGHUP on": [
    String.raw`trap "kill -HUP \$!" HUP; "$@" & wait $!; wait $!`,
    SLOW_TO_END,
    "129",
  ],
  "ignores SIGHUP": [
    'trap "" HUP; "$@"',
    SLOW_TO_END.replace("await aborted;", ""),
    "0",
  ],
} as const;

for (const [shell, [script, module, code]] of Object.entries(CLOSED)) {
  Deno.test({
    name:
      `tdrun tears down and exits with ${code} when the terminal is closed and the shell ${shell}`,
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

/** Waits for a file, and returns its text. */
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
