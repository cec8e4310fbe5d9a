/** Workers that run their tasks on threads: `tdrun worker --isolate=worker`. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { lastLine, statuses } from "../support/command.ts";
import { EngineRig, WAITING } from "../support/engine_rig.ts";
import { engineTest, type Program } from "../support/servers.ts";

/** The server is the same for threads as for processes, whose tests use all programs. */
const PROGRAMS: readonly Program[] = ["redis-server"];

engineTest("tdrun worker --isolate=worker runs all tasks in its process", async (program) => {
  await using rig = await EngineRig.start(
    program,
    `
    export function setupWorker() { console.log("set up"); }
    export function teardownWorker() { console.log("torn down"); }
    export const pids = mark({ each: [0, 1, 2, 3] }, async () => {
      console.log("from a task");
      const { stdout } = await new Deno.Command("echo", { args: ["from a child"] }).output();
      console.log(new TextDecoder().decode(stdout).trim());
      return Deno.pid;
    });
    `,
  );
  const worker = await rig.worker(["--workers=2", "--isolate=worker"]);
  const driver = rig.drive(["--state-out=state.json"]);
  const { code, stdout, stderr } = await driver.ended;
  assertEquals(code, 0, stdout + stderr);
  const { results } = await rig.state();
  assertEquals(new Set(Object.values(results)), new Set([worker.pid]));
  const printed = stdout + stderr;
  for (const text of ["from a task", "from a child"]) {
    assertEquals(printed.match(new RegExp(`pids\\.\\d: ${text}`, "g"))?.length, 4, printed);
  }
  for (const text of ["set up", "torn down"]) {
    assertEquals(printed.match(new RegExp(text, "g"))?.length, 2, printed);
  }
}, PROGRAMS);

engineTest(
  "tdrun worker --isolate=worker fails a task that calls an exit function, or ends its thread",
  async (program) => {
    await using rig = await EngineRig.start(
      program,
      `
    export const exits = mark(() => { Deno.exit(3); });
    export const closes = mark(() => { self.close(); });
    export const rejects = mark(async () => {
      Promise.reject(new Error("leaked"));
      await new Promise((resolve) => setTimeout(resolve, 50));
    });
    export const fine = mark({ after: [exits, closes, rejects], when: "always" }, () => "here");
    `,
    );
    const { code, stdout, stderr } = await rig.whole([], [["--workers=1", "--isolate=worker"]]);
    assertEquals(statuses(stderr), {
      exits: "FAILED",
      closes: "FAILED",
      rejects: "PASSED",
      fine: "PASSED",
    }, stderr);
    assertStringIncludes(stdout, "Deno.exit(3) was called");
    assertStringIncludes(stdout, "self.close() was called");
    assertStringIncludes(stdout, "leaked");
    assertEquals(code, 1);
  },
  PROGRAMS,
);

engineTest(
  "tdrun worker --isolate=worker abandons a busy thread after its timeout, and fences it",
  async (program) => {
    await using rig = await EngineRig.start(
      program,
      `${WAITING}
    export const setupState = (state) => { state.n = 0; state.late = "nothing"; };
    // Its loop ends long after its timeout: then it writes.
    export const busy = mark({ timeout: "200ms" }, (state) => {
      using _lock = state._state_lock.acquire();
      state.n = 1;
      while (!existsSync("go"));
      try {
        state.late = "written";
      } catch (error) {
        note(error.name);
      }
    });
    export const next = mark({ after: [busy], when: "always" }, async (state) => {
      using lock = await state._state_lock.acquireAsync();
      state.n++;
      Deno.writeTextFileSync("go", "");
      await go("ran.txt");
      return lock.abandonedBy;
    });
    `,
    );
    const { code, stdout, stderr } = await rig.whole(["--state-out=state.json"], [
      ["--workers=1", "--isolate=worker"],
    ]);
    assertEquals(statuses(stderr), { busy: "FAILED", next: "PASSED" }, stdout + stderr);
    assertStringIncludes(stdout, "busy: TimeoutError: the task took longer than its timeout");
    assertEquals(rig.ran(), ["ThreadFencedError"]);
    const { n, late, results } = await rig.state();
    assertEquals([n, late], [2, "nothing"]);
    assertMatch(results.next, /^thread_0 of /);
    assertEquals(code, 1);
  },
  PROGRAMS,
);

engineTest(
  "tdrun worker --isolate=worker ends while a thread that it has abandoned is busy",
  async (program) => {
    await using rig = await EngineRig.start(
      program,
      `export const busy = mark({ timeout: "200ms" }, () => { for (;;); });`,
    );
    const { code, stderr } = await rig.whole([], [["--workers=1", "--isolate=worker"]]);
    assertEquals([statuses(stderr), code], [{ busy: "FAILED" }, 1]);
  },
  PROGRAMS,
);

engineTest(
  "tdrun --engine restarts the tasks of a killed worker with threads on another one",
  async (program) => {
    await using rig = await EngineRig.start(
      program,
      `${WAITING}
    export const long = mark({ each: [0, 1] }, async (_state, n, task) => {
      note("long" + n);
      task.log.info("long runs " + n);
      await go("go");
      return n;
    });
    `,
    );
    const doomed = await rig.worker(["--workers=2", "--isolate=worker"]);
    const driver = rig.drive();
    await driver.waitFor("long runs 0");
    await driver.waitFor("long runs 1");
    doomed.kill("SIGKILL");
    await doomed.ended;
    await rig.worker(["--workers=2", "--isolate=worker"]);
    await driver.waitFor("its worker was lost");
    await rig.space.file("go", "");
    const { code, stdout, stderr } = await driver.ended;
    assertEquals(code, 0, stdout + stderr);
    assertEquals(rig.ran().toSorted(), ["long0", "long0", "long1", "long1"]);
  },
  PROGRAMS,
);

engineTest(
  "tdrun worker --isolate=worker does not join a run with a task that declares permissions",
  async (program) => {
    await using rig = await EngineRig.start(
      program,
      `export const calls = mark({ permissions: { env: false } }, () => 1);`,
    );
    const threads = await rig.worker(["--workers=1", "--isolate=worker"]);
    const driver = rig.drive();
    const message = 'Cannot enforce the permissions of task "calls": threads have the ' +
      "permissions of the whole process; use --isolate=process";
    await threads.waitFor(message);
    await driver.waitFor(message);
    await rig.worker(["--workers=1"]);
    const { code, stderr } = await driver.ended;
    assertEquals([statuses(stderr), code], [{ calls: "PASSED" }, 0], stderr);
  },
  PROGRAMS,
);

engineTest("tdrun worker --isolate=worker loads a module again for each run", async (program) => {
  const module = (value: number) => `export const reads = mark(() => ${value});`;
  await using rig = await EngineRig.start(program, module(1));
  await rig.worker(["--workers=1", "--isolate=worker"]);
  for (const value of [1, 2]) {
    await rig.space.module("module.ts", module(value));
    const { code, stdout, stderr } = await rig.drive(["--state-out=state.json"]).ended;
    assertEquals(code, 0, stdout + stderr);
    assertEquals(lastLine(stdout), "==== 1 passed, 0 failed, 0 skipped");
    assertEquals((await rig.state()).results.reads, value);
  }
}, PROGRAMS);

engineTest("tdrun worker rejects modes of isolation that it does not have", async (program) => {
  await using rig = await EngineRig.start(program, `export const a = mark(() => 1);`);
  const run = (...args: string[]) =>
    rig.run(["worker", "module.ts", `--engine=${rig.server.url}`, ...args]).ended;
  const inline = await run("--isolate=inline");
  assertEquals(inline.code, 2);
  assertStringIncludes(inline.stderr, "expected one of process, worker");
  const many = await run("--isolate=worker", "--workers=64");
  assertEquals(many.code, 2);
  assertStringIncludes(many.stderr, "Cannot start a worker with 64 threads: expected at most 63");
  assert(!many.stderr.includes("Waiting for runs"));
}, PROGRAMS);
