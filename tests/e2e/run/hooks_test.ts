/** Hooks that take long, block the main thread, fail, or are interrupted by a signal. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { statuses, TestSpace } from "../../support/command.ts";

/** Blocks the thread, longer than the signal thread needs to start. */
const blockFor = (ms: number) =>
  `{ const end = performance.now() + ${ms}; while (performance.now() < end); }`;
const LONG = "new Promise((resolve) => setTimeout(resolve, 60_000))";

Deno.test("--deadline cancels all but cleanup tasks when setupState takes longer", async () => {
  await using space = await TestSpace.create();
  const { code, stdout, stderr } = await space.tdrunModule(
    `
    export const setupState = async (state) => { state.made = "half"; await ${LONG}; };
    export const teardownState = (state) => console.error("removed what was made: " + state.made);
    export const a = mark(() => {});
    export const clean = mark({ after: ["a"], when: "always" }, () => {});
    `,
    ["--deadline=1s"],
  );
  assertStringIncludes(stderr, "Error: setupState did not end before the deadline of the run\n");
  assertEquals(statuses(stderr), { a: "CANCELLED", clean: "PASSED" });
  assertStringIncludes(stderr, "removed what was made: half\n");
  assertStringIncludes(stdout, "Cancelled, since the run has passed its deadline:\n");
  assertEquals(code, 1);
});

Deno.test("--deadline fails the run, not the task, when the task returns on abort", async () => {
  await using space = await TestSpace.create();
  const { code, stdout, stderr } = await space.tdrunModule(
    `export const a = mark((_, task) => new Promise((resolve) => {
      const timer = setTimeout(() => {}, 60_000);
      task.signal.addEventListener("abort", () => (clearTimeout(timer), resolve("half of it")));
    }));`,
    ["--deadline=500ms"],
  );
  assertEquals(statuses(stderr), { a: "PASSED" });
  assertStringIncludes(stdout, "All tasks passed, although the run has passed its deadline\n");
  assertEquals(code, 1);
});

Deno.test("--deadline includes the time that the module and setupState take", async () => {
  await using space = await TestSpace.create();
  const { code, stdout, stderr } = await space.tdrunModule(
    `
    await new Promise((resolve) => setTimeout(resolve, 450));
    export const setupState = () => new Promise((resolve) => setTimeout(resolve, 450));
    export const a = mark((_, task) => new Promise((_, reject) => {
      const timer = setTimeout(() => {}, 60_000);
      task.signal.addEventListener("abort", () => (clearTimeout(timer), reject(task.signal.reason)));
    }));
    `,
    ["--workers=0", "--deadline=1500ms"],
  );
  assertEquals([statuses(stderr), code], [{ a: "CANCELLED" }, 1]);
  const [, seconds] = / in (\d+\.\d+)s =/.exec(stdout) ?? [];
  assert(Number(seconds) < 1.05, stdout); // the rest of it, not all of it
});

Deno.test("A cleanup task fails when it runs for 10 s past the deadline", async () => {
  const module = `
    export const a = mark(() => new Promise(() => {}));
    export const clean = mark({ after: ["a"], when: "always" }, () => new Promise(() => {}));
    export const more = mark({ after: ["clean"], when: "always" }, () => {});
    export const teardownState = () => console.error("torn down");
  `;
  await Promise.all(["worker", "inline"].map(async (isolate) => {
    await using space = await TestSpace.create();
    const args = ["--deadline=1s", `--isolate=${isolate}`];
    const { code, stdout, stderr } = await space.tdrunModule(module, args);
    assertEquals(statuses(stderr), { a: "CANCELLED", clean: "FAILED", more: "PASSED" });
    const why = isolate === "inline" ? 'task "clean" was abandoned' : "thread_\\d was terminated";
    assertMatch(
      stdout,
      new RegExp(`clean: WorkerError: ${why}: the run has passed its deadline\n`),
    );
    assertStringIncludes(stderr, "torn down\n");
    assertEquals(code, 1);
  }));
});

Deno.test("teardownState is abandoned after 10 s when the run has a deadline", async () => {
  await using space = await TestSpace.create();
  const { code, stderr } = await space.tdrunModule(
    `
    export const a = mark(() => {});
    export const teardownState = () => ${LONG};
    `,
    ["--deadline=1s"],
  );
  assertStringIncludes(stderr, "Note: teardownState is still running after 10 s\n");
  assertStringIncludes(
    stderr,
    "teardownState failed: Error: the hook did not end within 10 s of the end",
  );
  assertEquals([statuses(stderr), code], [{ a: "PASSED" }, 1]);
});

for (const body of [`throw new Error("no good");`, `await 0; throw new Error("no good");`]) {
  Deno.test(`teardownState is reported once when it is async () => { ${body} }`, async () => {
    await using space = await TestSpace.create();
    const { code, stderr } = await space.tdrunModule(
      `export const a = mark(() => {}); export const teardownState = async () => { ${body} };`,
    );
    assertStringIncludes(stderr, "teardownState failed: Error: no good\n");
    assert(!stderr.includes("outside of tasks"), stderr);
    assertEquals(code, 1);
  });
}

const ENDS_BY = "ExitError: Deno.exit(0) was called: tasks and hooks end by returning\n";
for (
  const [hook, body, message] of [
    ["teardownState", "Deno.exit(0)", `teardownState failed: ${ENDS_BY}`],
    ["teardownState", "{ try { Deno.exit(0); } catch {} }", `teardownState failed: ${ENDS_BY}`],
    [
      "teardownState",
      "new Promise(() => {})",
      "teardownState failed: Error: the hook awaits a promise that never settles\n",
    ],
    ["teardownWorker", "Deno.exit(0)", `thread_0: ${ENDS_BY}`],
    ["setupWorker", "Deno.exit(0)", "setupWorker failed: Deno.exit(0) was called"],
  ] as const
) {
  for (const workers of [0, 1]) {
    Deno.test(`${hook} fails the run when it is () => ${body}, --workers=${workers}`, async () => {
      await using space = await TestSpace.create();
      const { code, stdout, stderr } = await space.tdrunModule(
        `export const a = mark(() => {});
         export const ${hook} = () => ${body};`,
        [`--workers=${workers}`],
      );
      assertStringIncludes(stderr + stdout, message);
      assert(!/setupWorker(.*\n)*.* stray error/.test(stderr + stdout), "it is reported once");
      assertMatch(stdout, /==== \d passed, \d failed/);
      assertEquals(code, 1);
    });
  }
}

Deno.test("Hooks of the state are not called when the state file is missing", async () => {
  await using space = await TestSpace.create();
  const { code, stderr } = await space.tdrunModule(
    `
    export const setupState = () => console.error("set up");
    export const teardownState = () => console.error("torn down");
    export const a = mark(() => {});
    `,
    ["--state-file=none.json"],
  );
  assertMatch(stderr, /^Error: .*none\.json.*\n$/);
  assertEquals(code, 2);
});

Deno.test("Ctrl-C exits with 130 and reports the error when setupState then rejects", async () => {
  await using space = await TestSpace.create();
  await space.module(
    "module.ts",
    `
    // As when a child process receives Ctrl-C itself.
    export const setupState = async () => {
      await 0;
      const timer = setInterval(() => {}, 1_000);
      const interrupted = new Promise((resolve) => Deno.addSignalListener("SIGINT", resolve));
      console.error("setting up");
      await interrupted;
      clearInterval(timer);
      throw new Error("the child has gone");
    };
    export const teardownState = () => console.error("torn down");
    export const a = mark(() => {});
    `,
  );
  const run = space.start(["module.ts"]);
  await run.waitFor("setting up");
  run.kill("SIGINT");
  const { code, stderr } = await run.ended;
  assertStringIncludes(
    stderr,
    "torn down\nError: setupState failed: Error: the child has gone (module.ts:",
  );
  assertEquals(code, 130);
});

/** The first word of the line about a signal. */
const FIRST_WORD = { SIGINT: "Interrupted", SIGTERM: "SIGTERM" } as const;

for (const [signal, exit] of [["SIGINT", 130], ["SIGTERM", 143]] as const) {
  Deno.test(`${signal} lets teardownState end and exits with ${exit} when it blocks`, async () => {
    await using space = await TestSpace.create();
    await space.module(
      "module.ts",
      `export const a = mark(() => {});
       export const teardownState = () => {
         ${blockFor(1_000)}
         console.error("tearing down");
         ${blockFor(1_000)}
         console.error("torn down");
       };`,
    );
    const run = space.start(["module.ts"]);
    await run.waitFor("tearing down");
    run.kill(signal);
    const { code, stdout, stderr } = await run.ended;
    assertStringIncludes(
      stderr,
      `${FIRST_WORD[signal]}: the main thread is busy. `,
    );
    assertStringIncludes(stderr, "torn down\n");
    assertStringIncludes(stdout, "==== 1 passed");
    assertEquals(code, exit);
  });

  Deno.test(`A second ${signal} exits with ${exit} when teardownState never ends`, async () => {
    await using space = await TestSpace.create();
    await space.module(
      "module.ts",
      `export const a = mark(() => {});
       export const teardownState = () => {
         ${blockFor(1_000)}
         console.error("tearing down");
         for (;;);
       };`,
    );
    const run = space.start(["module.ts"]);
    await run.waitFor("tearing down");
    run.kill(signal);
    await run.waitFor("the main thread is busy");
    run.kill(signal);
    assertEquals((await run.ended).code, exit);
  });

  Deno.test(`${signal} exits with ${exit} when setupState blocks after --state-file`, async () => {
    await using space = await TestSpace.create();
    await Deno.writeTextFile(`${space.folder}/state.json`, "{}");
    await space.module(
      "module.ts",
      `export const a = mark(() => {});
       export const setupState = () => { console.error("setting up"); for (;;); };`,
    );
    const run = space.start(["module.ts", "--state-file=state.json"]);
    await run.waitFor("setting up");
    run.kill(signal);
    assertEquals((await run.ended).code, exit);
  });

  Deno.test(`${signal} aborts a task on the main thread and tears down, exit ${exit}`, async () => {
    await using space = await TestSpace.create();
    await space.module(
      "module.ts",
      `
      export const teardownWorker = () => console.error("worker down");
      export const teardownState = () => console.error("state down");
      export const a = mark((_, task) => new Promise((resolve) => {
        const timer = setInterval(() => console.error("running"), 50); // until the abort
        task.signal.addEventListener("abort", () => (clearInterval(timer), resolve()));
      }));
      export const b = mark({ after: ["a"] }, () => {});
      `,
    );
    const run = space.start(["module.ts", "--workers=0"]);
    // Signals are handled by then: the signal thread starts within this time.
    await run.waitFor("[thread_0] a: running\n".repeat(20));
    run.kill(signal);
    const { code, stdout, stderr } = await run.ended;
    assertStringIncludes(
      stderr,
      `${FIRST_WORD[signal]}: waiting for 1 task. `,
    );
    assertEquals(statuses(stderr), { a: "PASSED", b: "CANCELLED" });
    assertMatch(stderr, /worker down\n(.*\n)*state down\n/);
    assertStringIncludes(stdout, "Cancelled, since the run was interrupted:\n");
    assertEquals(code, exit);
  });
}

Deno.test("teardownState runs to its end when SIGTERM comes just before it", async () => {
  await using space = await TestSpace.create();
  await space.module(
    "module.ts",
    `export const teardownState = async () => {
       await new Promise((resolve) => setTimeout(resolve, 300));
       console.error("torn down");
     };
     export const a = mark(() => {});`,
  );
  for (let i = 0; i < 8; i++) {
    const run = space.start(["module.ts", "--workers=1"]);
    await run.waitFor("all work completed");
    run.kill("SIGTERM");
    const { code, stderr } = await run.ended;
    assertStringIncludes(
      stderr,
      "SIGTERM: waiting for the run to end. A second signal stops the run now.\n",
    );
    assertStringIncludes(stderr, "torn down\n");
    assertEquals(code, 143);
  }
});

for (const args of [["--workers=1"], ["--workers=0"], ["--isolate=process"]]) {
  Deno.test(`teardownState fails the run when it leaks a rejected promise, ${args}`, async () => {
    await using space = await TestSpace.create();
    const { code, stderr } = await space.tdrunModule(
      `export const a = mark(() => {});
       const close = async () => { await 0; throw new Error("could not close it"); };
       export const teardownState = () => { close(); };`,
      args,
    );
    assertStringIncludes(
      stderr,
      "Error outside of tasks, on the main thread: Error: could not close it",
    );
    assertEquals(code, 1);
  });
}

for (const args of [["--workers=1"], ["--workers=0"], ["--isolate=process"]]) {
  Deno.test(`teardownWorker fails the run when it leaks a rejected promise, ${args}`, async () => {
    await using space = await TestSpace.create();
    const { code, stdout, stderr } = await space.tdrunModule(
      `export const a = mark(() => {});
       export const teardownWorker = () => { Promise.reject(new Error("left behind")); };`,
      args,
    );
    assertStringIncludes(stdout + stderr, "left behind");
    assertEquals(code, 1);
  });
}

Deno.test("--repeat stops after a run with a stray error", async () => {
  await using space = await TestSpace.create();
  const { code, stderr } = await space.tdrunModule(
    `export const a = mark(() => {});
     export const setupState = () => { Promise.reject(new Error("left behind")); };`,
    ["--repeat=3"],
  );
  assertStringIncludes(stderr, "Run 1 of 3\n");
  assert(!stderr.includes("Run 2 of 3"), stderr);
  assertEquals(code, 1);
});

for (
  const [how, body] of [["in a microtask", "queueMicrotask(() => Deno.exit(0));"], [
    "in process.nextTick()",
    "process.nextTick(() => process.exit(0));",
  ], ["and catches its error", "try { Deno.exit(0); } catch { /* goes on */ }"]]
) {
  for (const args of [["--workers=1"], ["--workers=0"], ["--isolate=process"]]) {
    Deno.test(`setupWorker fails when it calls an exit function ${how}, ${args}`, async () => {
      await using space = await TestSpace.create();
      const { code, stderr } = await space.tdrunModule(
        `import process from "node:process";
        export const setupWorker = () => { ${body} };
        export const a = mark(() => {});`,
        args,
      );
      const call = body!.includes("process.exit") ? "process.exit(0)" : "Deno.exit(0)";
      assertStringIncludes(stderr, `a: ExitError: setupWorker failed: ${call} was called`);
      assertEquals(statuses(stderr), { a: "FAILED" });
      assertEquals(code, 1);
    });
  }
}

for (
  const args of [[], ["--workers=0"], ["--isolate=process"], ["--list"], ["--graph"], ["--dry-run"]]
) {
  Deno.test(`--deadline exits with 1 when the module's top level is late, ${args}`, async () => {
    await using space = await TestSpace.create();
    const { code, stdout, stderr } = await space.tdrunModule(
      `export const a = mark(() => {}); await ${LONG};`,
      ["--deadline=300ms", ...args],
    );
    const why = 'Cannot load module "module.ts": its top level did not end before the deadline';
    assertEquals([code, stdout, stderr], [1, "", `Error: ${why}\n`]);
  });
}

Deno.test("--deadline exits with 1 when addLoggingHighlights takes longer", async () => {
  await using space = await TestSpace.create();
  const { code, stderr } = await space.tdrunModule(
    `export const a = mark(() => {}); export const addLoggingHighlights = () => ${LONG};`,
    ["--deadline=1s"],
  );
  const why = "addLoggingHighlights did not end before the deadline of the run";
  assertEquals([code, stderr], [1, `Error: ${why}\n`]);
});
