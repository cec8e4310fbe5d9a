/** Ctrl-C and SIGTERM: what a first and a second signal do to a run. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { gone } from "../../support/processes.ts";
import { lastLine, startTdrun, statuses, TestSpace } from "../../support/command.ts";

/** `a` ends when it is aborted, `b` depends on it, `c` waits for a thread. */
const SLOW_TO_END = `
  export const a = mark(async (state, task) => {
    const aborted = new Promise((resolve) => task.signal.addEventListener("abort", resolve));
    task.log.info("a has begun");
    await aborted;
    task.log.info("a was told:", task.signal.reason.message);
  });
  export const b = mark({ after: ["a"] }, () => {});
  export const c = mark(() => {});
`;

Deno.test("Ctrl-C aborts the running task, cancels the others and exits with 130", async () => {
  await using space = await TestSpace.create();
  await space.module("module.ts", SLOW_TO_END);
  const run = space.start(["module.ts", "--workers=1"]);
  await run.waitFor("a has begun");
  run.kill("SIGINT");
  const { code, stdout, stderr } = await run.ended;
  assertStringIncludes(stderr, "a was told: The run was interrupted\n");
  assertEquals(statuses(stderr), { a: "PASSED", b: "CANCELLED", c: "CANCELLED" });
  assertStringIncludes(stdout, "Cancelled, since the run was interrupted:\n");
  assertEquals(lastLine(stdout), "==== 1 passed, 0 failed, 0 skipped, 2 cancelled");
  assertEquals(code, 130);
});

Deno.test("SIGTERM lets the running task end, cancels the others and exits with 143", async () => {
  await using space = await TestSpace.create();
  await space.module("module.ts", SLOW_TO_END);
  const run = space.start(["module.ts", "--workers=1"]);
  await run.waitFor("a has begun");
  run.kill("SIGTERM");
  const { code, stdout } = await run.ended;
  assertEquals(lastLine(stdout), "==== 1 passed, 0 failed, 0 skipped, 2 cancelled");
  assertEquals(code, 143);
});

Deno.test("A task is cancelled when it rejects with its signal's reason", async () => {
  await using space = await TestSpace.create();
  await space.module(
    "module.ts",
    `
    export const a = mark(async (state, task) => {
      const aborted = new Promise((resolve) => task.signal.addEventListener("abort", resolve));
      task.log.info("a has begun");
      await aborted;
      throw task.signal.reason;
    });
    `,
  );
  const run = space.start(["module.ts"]);
  await run.waitFor("a has begun");
  run.kill("SIGINT");
  const { code, stdout, stderr } = await run.ended;
  assertEquals(statuses(stderr), { a: "CANCELLED" });
  assertEquals(lastLine(stdout), "==== 0 passed, 0 failed, 0 skipped, 1 cancelled");
  assertEquals(code, 130);
});

for (const option of ["--workers=2", "--workers=0", "--isolate=process"]) {
  Deno.test(`A task is cancelled when Ctrl-C ends its child process, ${option}`, async () => {
    await using space = await TestSpace.create();
    await space.module(
      "module.ts",
      `
      export const a = mark(async (state, task) => {
        // On the main thread: until signals are handled.
        if (${option === "--workers=0"}) await new Promise((resolve) => setTimeout(resolve, 1_000));
        const child = new Deno.Command("sh", { args: ["-c", "echo begun >&2; exec sleep 60"] }).spawn();
        // The terminal does not reach the child of a task in a process of its own. On threads it
        // does, and kill() throws in the listener if the child has already ended.
        if (${option === "--isolate=process"}) {
          task.signal.addEventListener("abort", () => child.kill("SIGINT"));
        }
        const { code } = await child.status;
        if (code !== 0) throw new Error("sleep exited with " + code);
      });
      export const b = mark({ after: [a] }, () => {});
      `,
    );
    const run = startTdrun(["module.ts", option], { folder: space.folder, isLeader: true });
    await run.waitFor("begun");
    Deno.kill(-run.pid, "SIGINT"); // as a terminal does
    const { code, stdout, stderr } = await run.ended;
    assertEquals(statuses(stderr), { a: "CANCELLED", b: "CANCELLED" });
    const line = "  a: ended when the run was cancelled, with Error: sleep exited with 130\n";
    assertStringIncludes(stdout, line);
    assertEquals(code, 130);
  });
}

Deno.test("task.signal is aborted on Ctrl-C while its task is busy", async () => {
  await using space = await TestSpace.create();
  await space.module(
    "module.ts",
    `
    export const a = mark((state, task) => {
      task.log.info("a has begun");
      while (!task.signal.aborted);
    });
    `,
  );
  const run = space.start(["module.ts"]);
  await run.waitFor("a has begun");
  run.kill("SIGINT");
  const { code, stderr } = await run.ended;
  assertEquals(statuses(stderr), { a: "PASSED" });
  assertEquals(code, 130);
});

Deno.test("A second Ctrl-C exits with 130 at once when a task is busy", async () => {
  await using space = await TestSpace.create();
  await space.module(
    "module.ts",
    `export const a = mark((state, task) => { task.log.info("a has begun"); for (;;); });`,
  );
  const run = space.start(["module.ts"]);
  await run.waitFor("a has begun");
  run.kill("SIGINT");
  await run.waitFor("Interrupted: waiting for 1 task. Ctrl-C again to stop now.");
  const start = performance.now();
  const { code } = await run.killUntilEnded("SIGINT");
  assert(performance.now() - start < 3_000);
  assertEquals(code, 130);
});

Deno.test("A second Ctrl-C prints what failed and what was stopped", async () => {
  await using space = await TestSpace.create();
  await space.module(
    "module.ts",
    `
    export const bad = mark(() => { throw new Error("it broke"); });
    export const busy = mark({ after: ["bad"], when: "always" }, (_state, task) => {
      task.log.info("busy has begun");
      for (;;);
    });
    export const never = mark({ after: ["busy"], when: "always" }, () => {});
    export const late = mark({ after: ["late_dependency"] }, () => {});
    export const late_dependency = mark({ priority: -1 }, () => {});
    `,
  );
  const run = space.start(["module.ts", "--workers=1"]);
  await run.waitFor("busy has begun");
  run.kill("SIGINT");
  await run.waitFor("Interrupted: waiting for 1 task. Ctrl-C again to stop now.");
  const start = performance.now();
  const { code, stdout } = await run.killUntilEnded("SIGINT");
  assert(performance.now() - start < 3_000);
  assertEquals(code, 130);
  assertEquals(stdout.split("\n").filter((line) => !/^( {4}at | +\d* \|)/.test(line)), [
    "",
    "Cancelled, since the run was interrupted:",
    "  2 never started: late, late_dependency",
    "",
    "Stopped:",
    "  busy: was running on thread_0",
    "  never: never started",
    "",
    "Failed:",
    "  bad: Error: it broke",
    "",
    stdout.split("\n").at(-2)!,
    "",
  ]);
  assertMatch(
    stdout,
    /^==== 0 passed, 1 failed, 0 skipped, 2 cancelled, 2 unfinished in .*s ====$/m,
  );
});

for (
  const [what, body] of [
    ["a task prints", "for (let i = 0;; i++) { console.log(i); if (i === 20_000) begin(); }"],
    [
      "a child process prints",
      "setTimeout(begin, 300); return new Deno.Command('yes').spawn().status;",
    ],
  ]
) {
  for (const isolate of ["worker", "process"]) {
    Deno.test(`A second Ctrl-C exits when ${what} endlessly, --isolate=${isolate}`, async () => {
      await using space = await TestSpace.create();
      await space.module(
        "module.ts",
        `export const a = mark((state, task) => {
          const begin = () => task.log.info("a has begun");
          ${body}
        });`,
      );
      const run = space.start(["module.ts", `--isolate=${isolate}`]);
      await run.waitFor("a has begun");
      run.kill("SIGINT");
      await run.waitFor("Interrupted: waiting for 1 task. Ctrl-C again to stop now.");
      assertEquals((await run.killUntilEnded("SIGINT")).code, 130);
    });
  }
}

Deno.test("A second SIGTERM kills child processes of tasks, also in other sessions", async () => {
  await using space = await TestSpace.create();
  await space.module(
    "module.ts",
    `
    import { spawn } from "node:child_process";
    const line = (session) => "sleep 60 & echo child " + session + " $! >&2; wait";
    export const a = mark((state, task) => {
      new Deno.Command("sh", { args: ["-c", line("first")] }).spawn();
      new Deno.Command("setsid", { args: ["sh", "-c", line("second")] }).spawn();
      spawn("sh", ["-c", line("third")], { stdio: "inherit", detached: true });
      return new Promise(() => {});
    });
    `,
  );
  const run = space.start(["module.ts", "--workers=1"]);
  for (const session of ["first", "second", "third"]) await run.waitFor(`child ${session}`);
  const pids = [...run.stderr.matchAll(/child \w+ (\d+)/g)].map(([, pid]) => Number(pid));
  run.kill("SIGTERM");
  await run.waitFor("SIGTERM: waiting for 1 task. A second signal stops the run now.");
  assertEquals((await run.killUntilEnded("SIGTERM")).code, 143);
  assertEquals(pids.length, 3);
  await Promise.all(pids.map(gone));
});

Deno.test("Ctrl-C exits with 130 when a task blocks the main thread from the start", async () => {
  await using space = await TestSpace.create();
  await space.module(
    "module.ts",
    `export const a = mark((state, task) => { console.error("a has begun"); for (;;); });`,
  );
  const run = space.start(["module.ts", "--workers=0"]);
  await run.waitFor("a has begun");
  run.kill("SIGINT");
  assertEquals((await run.ended).code, 130);
});

Deno.test("A second Ctrl-C exits with 130 when a task blocks the main thread later", async () => {
  await using space = await TestSpace.create();
  await space.module(
    "module.ts",
    `export const a = mark(async () => {
      await new Promise((resolve) => setTimeout(resolve, 2_000)); // until signals are handled
      console.error("a is busy");
      for (;;);
    });`,
  );
  const run = space.start(["module.ts", "--workers=0"]);
  await run.waitFor("a is busy");
  run.kill("SIGINT");
  await run.waitFor("Interrupted: the main thread is busy. Ctrl-C again to stop now.\n");
  run.kill("SIGINT");
  assertEquals((await run.ended).code, 130);
});

Deno.test("teardownState runs after Ctrl-C", async () => {
  await using space = await TestSpace.create();
  await space.module(
    "module.ts",
    `${SLOW_TO_END} export const teardownState = () => console.error("cleaned up");`,
  );
  const run = space.start(["module.ts", "--workers=1"]);
  await run.waitFor("a has begun");
  run.kill("SIGINT");
  const { code, stderr } = await run.ended;
  assertStringIncludes(stderr, "cleaned up\n");
  assertEquals(code, 130);
});

/** Sends a signal again when it is received, as `timeout` and shells that forward signals do. */
const SENT_AGAIN = `
  const again = () => {
    Deno.removeSignalListener("SIGTERM", again);
    Deno.kill(Deno.pid, "SIGTERM");
  };
  if (!self.name?.startsWith("thread_")) Deno.addSignalListener("SIGTERM", again);
`;
const BY_TASK = `
  export const a = mark((state, task) => new Promise((resolve) => {
    const timer = setInterval(() => console.error("running"), 50);
    task.signal.addEventListener("abort", () => {
      clearInterval(timer);
      setTimeout(resolve, 300);
    });
  }));
  export const teardownState = () => console.error("cleaned up");
`;
const SENT_TWICE = [
  // Signals are handled by then: the signal thread starts within this time.
  ["a task runs", SENT_AGAIN + BY_TASK, "[thread_0] a: running\n".repeat(20)],
  [
    "teardownState awaits",
    `${SENT_AGAIN}
    export const a = mark(() => {});
    export const teardownState = async () => {
      await 0;
      console.error("tearing down");
      await new Promise((resolve) => setTimeout(resolve, 300));
      console.error("cleaned up");
    };`,
    "tearing down",
  ],
  [
    "teardownState blocks",
    `export const a = mark(() => {});
    const block = (ms) => { for (const end = Date.now() + ms; Date.now() < end;); };
    export const teardownState = () => {
      block(500);
      Deno.kill(Deno.pid, "SIGTERM");
      block(20);
      Deno.kill(Deno.pid, "SIGTERM");
      block(300);
      console.error("cleaned up");
    };`,
  ],
] as const;

for (const [phase, module, startText] of SENT_TWICE) {
  for (const args of [["--workers=1"], ["--workers=0"]]) {
    Deno.test(`SIGTERM counts once when it is sent twice while ${phase}, ${args}`, async () => {
      await using space = await TestSpace.create();
      await space.module("module.ts", module);
      const run = space.start(["module.ts", ...args]);
      if (startText !== undefined) {
        await run.waitFor(startText);
        run.kill("SIGTERM");
      }
      const { code, stdout, stderr } = await run.ended;
      assertStringIncludes(stderr, "cleaned up\n");
      assertEquals(lastLine(stdout), "==== 1 passed, 0 failed, 0 skipped");
      assertEquals(code, 143);
    });
  }
}

Deno.test("SIGTERM exits with 143 when it comes just before the signal thread starts", async () => {
  await using space = await TestSpace.create();
  await space.module(
    "module.ts",
    `export const setupState = async () => { await 0; Deno.kill(Deno.pid, "SIGTERM"); };
    export const a = mark(() => {});`,
  );
  for (let times = 0; times < 5; times++) {
    assertEquals((await space.tdrun(["module.ts", "--workers=0"])).code, 143);
  }
});

const HAS_PIPES = Deno.build.os !== "windows";

/** Makes a pipe that has a name. */
async function makePipe({ folder }: TestSpace): Promise<string> {
  const path = `${folder}/pipe`;
  await new Deno.Command("mkfifo", { args: [path] }).output();
  return path;
}

Deno.test({
  name: "SIGTERM exits with 143 when --state-file is a pipe without data",
  ignore: !HAS_PIPES,
  fn: async () => {
    await using space = await TestSpace.create();
    await space.module("module.ts", "export const a = mark(() => {});");
    const pipe = await makePipe(space);
    const run = space.start(["module.ts", "--state-file=pipe"]);
    using _writer = await Deno.open(pipe, { write: true }); // opens when the command reads the pipe
    run.kill("SIGTERM");
    assertEquals((await run.ended).code, 143);
  },
});

Deno.test({
  name: "SIGTERM exits with 143 when --dry-run --state-out is a pipe without a reader",
  ignore: !HAS_PIPES,
  fn: async () => {
    await using space = await TestSpace.create();
    await space.module(
      "module.ts",
      `new Deno.Command("sh", { args: ["-c", "sleep 2; kill -s TERM " + Deno.pid] }).spawn().unref();
      export const a = mark(() => {});`,
    );
    await makePipe(space);
    const { code } = await space.tdrun(["module.ts", "--dry-run", "--state-out=pipe"]);
    assertEquals(code, 143);
  },
});
