/**
 * Faults of tasks, workers, hooks and the machine: the outcome, the exit code, and the time until
 * the run continues. docs/failure-handling.md has the tables.
 *
 * A fault is in task `a`. `b` depends on it; `clean` depends on it and always runs. The time is
 * read from the events: from the start of `a`, or from its timeout, to the start of `clean`.
 * `SHOW_RECOVERY=FILE` appends it to a file.
 */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import type { RunEvent } from "../../../src/events/run_event.ts";
import { type Ended, statuses, TestSpace } from "../../support/command.ts";

const APPEND = { append: true };

/** Maximum time until the run continues, in ms: generous, since the machine may be busy. */
const RECOVERY_MAX_MS = 5_000;

interface Fault {
  readonly name: string;
  /** The body of task `a`. */
  readonly body: string;
  /** Other code of the module. */
  readonly code?: string;
  readonly args?: readonly string[];
  readonly env?: Record<string, string>;
  /** The outcomes of `a`, `b`, and `clean`. */
  readonly outcomes?: readonly [a: string, b: string, clean: string];
  readonly exitCode?: number;
  /** Expected in the output. */
  readonly message: RegExp;
  /** The timeout of `a`. */
  readonly timeoutMs?: number;
}

const FAILED = ["failed", "skipped", "passed"] as const;
const PASSED = ["passed", "passed", "passed"] as const;

function fault({ name, body, code = "", args = [], env, ...expected }: Fault): void {
  const { outcomes = FAILED, exitCode = 1, message, timeoutMs } = expected;
  Deno.test(name, async () => {
    await using space = await TestSpace.create();
    const options = timeoutMs === undefined ? "{}" : `{ timeout: ${timeoutMs} }`;
    const end = await space.tdrunModule(
      `
      import process from "node:process";
      ${code}
      export const a = mark(${options}, ${body});
      export const b = mark({ after: ["a"] }, () => {});
      export const clean = mark({ after: ["a"], when: "always" }, (state) => {
        using _lock = state._state_lock.acquire();
        return process.pid;
      });
      `,
      ["--reporter=json=events.ndjson", ...args],
      env,
    );
    const events = await eventsIn(space);
    assertEquals(outcomesOf(events, ["a", "b", "clean"]), [...outcomes], end.stderr);
    assertMatch(end.stdout + end.stderr, message);
    assertEquals(end.code, exitCode);
    const recoveryMs = recovery(events, timeoutMs ?? 0);
    const shown = Deno.env.get("SHOW_RECOVERY");
    if (shown) await Deno.writeTextFile(shown, `${name}: ${Math.round(recoveryMs)} ms\n`, APPEND);
    assert(recoveryMs < RECOVERY_MAX_MS, `the run continued after ${recoveryMs} ms`);
  });
}

async function eventsIn(space: TestSpace): Promise<RunEvent[]> {
  const text = await Deno.readTextFile(`${space.folder}/events.ndjson`);
  return text.trimEnd().split("\n").map((line) => JSON.parse(line));
}

function nameOf(events: readonly RunEvent[], task: number): string {
  const [start] = events;
  assert(start?.type === "run-started");
  return start.tasks[task]!.name;
}

function outcomesOf(events: readonly RunEvent[], names: readonly string[]): (string | undefined)[] {
  const ended = events.flatMap((it) =>
    it.type === "task-finished" ? [[nameOf(events, it.task), it.outcome.status] as const] : []
  );
  return names.map((name) => ended.find(([it]) => it === name)?.[1]);
}

function recovery(events: readonly RunEvent[], timeoutMs: number): number {
  const startOf = (name: string) =>
    events.find((it) => it.type === "task-started" && nameOf(events, it.task) === name)?.elapsedMs;
  return (startOf("clean") ?? NaN) - (startOf("a") ?? NaN) - timeoutMs;
}

// Tasks that do not end.
const LATE = /a: TimeoutError: the task took longer than its timeout of 300 ms/;
const FORCED = /thread_\d was terminated: task "a" did not end within 200 ms of its timeout/;
fault({
  name: "A task fails when it loops past its timeout",
  body: "() => { for (;;); }",
  timeoutMs: 300,
  message: FORCED,
});
fault({
  name: "A task fails when its promise is pending past its timeout",
  body: "() => new Promise(() => {})",
  timeoutMs: 300,
  message: FORCED,
});
fault({
  name: "A task fails when it starves the event loop past its timeout",
  body: "async () => { for (;;) await 0; }",
  timeoutMs: 300,
  message: FORCED,
});
fault({
  name: "A task fails when it blocks its thread past its timeout",
  body: "() => { Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0); }",
  timeoutMs: 300,
  message: FORCED,
});
fault({
  name: "A task fails when it prints endlessly past its timeout",
  body: "() => { for (;;) console.log('y'); }",
  args: ["--output=none"],
  timeoutMs: 300,
  message: FORCED,
});
fault({
  name: "A task fails when its child process prints endlessly past its timeout",
  body: "() => new Deno.Command('yes').spawn().status",
  args: ["--output=none"],
  timeoutMs: 300,
  message: FORCED,
});
fault({
  name: "A task fails when it blocks with the state lock past its timeout",
  body: `(state) => {
    using _lock = state._state_lock.acquire();
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  }`,
  timeoutMs: 300,
  message: FORCED,
});
fault({
  name: "A task fails when it waits for the state lock past its timeout",
  code: `export const holder = mark({ timeout: 1_500 }, async (state) => {
    using _lock = await state._state_lock.acquireAsync();
    state.held = true;
    await new Promise(() => {});
  });`,
  body: `async (state) => {
    while (!state.held) await new Promise((resolve) => setTimeout(resolve, 1));
    state._state_lock.acquire();
  }`,
  args: ["--workers=2"],
  timeoutMs: 600,
  message: /thread_\d was terminated: task "a" did not end within 200 ms of its timeout/,
});
fault({
  name: "A task fails when it awaits a worker that it terminated past its timeout",
  body: `() => {
    const worker = new Worker("data:application/javascript,postMessage(1)", { type: "module" });
    worker.terminate();
    return new Promise((resolve) => worker.onmessage = resolve);
  }`,
  timeoutMs: 300,
  message: FORCED,
});
fault({
  name: "A task fails when it rejects with its signal's reason at its timeout",
  body: `(state, task) => new Promise((_, reject) =>
    task.signal.addEventListener("abort", () => reject(task.signal.reason)))`,
  timeoutMs: 300,
  message: LATE,
});
fault({
  name: "A task fails when it returns after its timeout",
  body:
    "(state, task) => { const end = performance.now() + 400; while (performance.now() < end); }",
  timeoutMs: 300,
  message: LATE,
});

// Tasks that would end the thread or the process.
const EXITS: Readonly<Record<string, string>> = {
  "Deno.exit": "Deno.exit(0)",
  "process.exit": "process.exit(0)",
  "self.close": "self.close()",
};
for (const [call, code] of Object.entries(EXITS)) {
  const message = new RegExp(`a: ExitError: ${call.replace(".", "\\.")}\\(.*\\) was called`);
  fault({ name: `${call}() fails the task that calls it`, body: `() => { ${code}; }`, message });
  fault({
    name: `${call}() fails the task that calls it after an await`,
    body: `async () => { await 0; ${code}; }`,
    message,
  });
  fault({
    name: `${call}() fails the task when its timer calls it while the task awaits`,
    body: `() => new Promise(() => setTimeout(() => ${code}))`,
    message,
  });
}

// Leaked promises and timers.
fault({
  name: "A task passes, with a stray error, when it leaks a rejected promise",
  body: `() => { Promise.reject(new Error("left")); }`,
  outcomes: PASSED,
  message: /Errors outside of tasks:\n +thread_\d: Error: left\n/,
});

fault({
  name: "A task passes, with a stray error, when its timer throws while it runs",
  body: `async () => {
    setTimeout(() => { throw new Error("in a timer"); });
    await new Promise((resolve) => setTimeout(resolve, 50));
  }`,
  outcomes: PASSED,
  message: /Errors outside of tasks:\n +thread_\d: Error: in a timer\n/,
});

for (const way of ["--workers=1", "--workers=0", "--isolate=process"]) {
  Deno.test(`A run fails when its last task leaks a 0 ms timer that throws, ${way}`, async () => {
    await using space = await TestSpace.create();
    const module = `
      export const a = mark(() => { setTimeout(() => { throw new Error("in a timer"); }, 0); });`;
    await space.module("module.ts", module);
    for (let run = 0; run < 5; run++) { // by chance some runs would report it
      const { code, stdout } = await space.tdrun(["module.ts", way, "--no-journal"]);
      assertEquals(code, 1);
      assertMatch(stdout, /Errors outside of tasks:\n +thread_0: Error: in a timer\n/);
    }
  });
}

Deno.test("Deno.exit() is a stray error when a leaked timer calls it", async () => {
  await using space = await TestSpace.create();
  // `a` leaves the timer on a thread that then has nothing to do; `b`, on the other, waits for it.
  const { code, stdout, stderr } = await space.tdrunModule(
    `
    const channel = () => new BroadcastChannel("fired");
    export const a = mark(async (state) => {
      while (!state.begun) await new Promise((resolve) => setTimeout(resolve, 1));
      setTimeout(() => { try { Deno.exit(0); } finally { channel().postMessage(1); } }, 20);
    });
    export const b = mark((state) => {
      const fired = new Promise((resolve) => channel().onmessage = resolve);
      state.begun = true;
      return fired.then(() => 1);
    });
    `,
    ["--workers=2"],
  );
  assertEquals(statuses(stderr), { a: "PASSED", b: "PASSED" });
  assertMatch(stdout, /Errors outside of tasks:\n +thread_\d: ExitError: Deno\.exit\(0\)/);
  assertEquals(code, 1);
});

// Results and stacks.
fault({
  name: "A task fails when it overflows the stack",
  body: "() => { const deeper = () => deeper() + 1; return deeper(); }",
  message: /a: RangeError: Maximum call stack size exceeded/,
});
fault({
  name: "A task fails when its result cannot be shared",
  body: "() => ({ client: { socket: () => {} } })",
  message: /a: StateCloneError: .*result\.client\.socket/,
});

Deno.test("tdrun exits with 133, keeping events, when a thread runs out of memory", async () => {
  await using space = await TestSpace.create();
  await space.module(
    "module.ts",
    `
    export const before = mark(() => 1);
    export const a = mark({ after: ["before"] }, () => {
      const kept = [];
      for (;;) kept.push(new Array(10_000).fill(Math.random()));
    });
    `,
  );
  const args = ["module.ts", "--reporter=json=events.ndjson"];
  const { code } = await space.tdrun(args, { DENO_V8_FLAGS: "--max-old-space-size=64" });
  // Deno aborts the whole process, which nothing can prevent: the events until then are kept.
  assertEquals(code, 133);
  assertEquals(outcomesOf(await eventsIn(space), ["before", "a"]), ["passed", undefined]);
});

// Processes that are lost.
const hasProcesses = Deno.build.os !== "windows";
if (hasProcesses) {
  fault({
    name: "--isolate=process fails a task when its process runs out of memory",
    body: "() => { const kept = []; for (;;) kept.push(new Array(10_000).fill(Math.random())); }",
    args: ["--isolate=process"],
    env: { DENO_V8_FLAGS: "--max-old-space-size=64" },
    message: /caused by OutOfMemoryError: the process ran out of memory \(exit code 133, SIGTRAP\)/,
  });
  fault({
    name: "--isolate=process fails a task when its process is killed",
    body: `() => { Deno.kill(Deno.pid, "SIGKILL"); for (;;); }`,
    args: ["--isolate=process"],
    message: /caused by ProcessLostError: the process was killed \(exit code 137, SIGKILL\)/,
  });
  fault({
    name: "--isolate=process fails a task when it loops past its timeout",
    body: "() => { for (;;); }",
    args: ["--isolate=process"],
    timeoutMs: 300,
    message: FORCED,
  });
}

// Workers that do not become ready.
const LOADING: Readonly<Record<string, readonly [code: string, message: string]>> = {
  "Tasks fail when the module throws in workers": [`throw new Error("not here");`, "not here"],
  "Tasks fail when the module closes its worker": ["self.close();", "self.close() was called"],
};
for (const [name, [code, message]] of Object.entries(LOADING)) {
  fault({
    name,
    body: "() => {}",
    code: `if (self.name?.startsWith?.("thread_")) { ${code} }`,
    outcomes: ["failed", "skipped", "failed"],
    message: new RegExp(message.replace(/[()]/g, "\\$&")),
  });
}
fault({
  name: "Tasks fail when setupWorker throws",
  body: "() => {}",
  code: `export const setupWorker = () => { throw new Error("no workshop"); };`,
  outcomes: ["failed", "skipped", "failed"],
  message: /no workshop/,
});

const NEVER: Readonly<Record<string, string>> = {
  "the top level never settles in workers":
    `if (self.name?.startsWith?.("thread_")) await new Promise(() => {});`,
  "the top level loops in workers": `if (self.name?.startsWith?.("thread_")) for (;;);`,
  "setupWorker never settles": "export const setupWorker = () => new Promise(() => {});",
};
for (const [fault, code] of Object.entries(NEVER)) {
  Deno.test(`--deadline cancels the run, after a warning at 10 s, when ${fault}`, async () => {
    await using space = await TestSpace.create();
    const module = `export const a = mark(() => {}); ${code}`;
    const { code: exit, stdout, stderr } = await space.tdrunModule(module, ["--deadline=11s"]);
    assertMatch(stderr, /\[thread_0\] thread_0 is not ready after 10 s: the module's top level/);
    assertStringIncludes(stdout, "Cancelled, since the run has passed its deadline:\n");
    assertEquals(exit, 1);
  });
}

// The module's file changes during the run: threads that start later load the changed file.
const EDITS: Readonly<Record<string, readonly [edit: string, message: RegExp]>> = {
  "changed": [
    `Deno.writeTextFileSync(path, Deno.readTextFileSync(path) + "\\n// changed");`,
    /the module's file has changed since the run started/,
  ],
  "broken": [`Deno.writeTextFileSync(path, "export const = ;");`, /SyntaxError|Unexpected token/],
  "deleted": ["Deno.removeSync(path);", /Module not found/],
};
for (const [edit, [code, message]] of Object.entries(EDITS)) {
  Deno.test(`Threads with the module continue when it is ${edit} during the run`, async () => {
    await using space = await TestSpace.create();
    const { code: exit, stderr } = await space.tdrunModule(
      `
      const path = new URL(import.meta.url);
      // Both are needed at once only after the edit, so the second thread starts after it.
      export const a = mark(() => { ${code} });
      export const b = mark({ after: ["a"] }, (state) => waitForLoss(state));
      export const c = mark({ after: ["a"] }, () => {});
      const waitForLoss = () => new Promise((resolve) => setTimeout(resolve, 1_000));
      `,
      ["--workers=2"],
    );
    assertEquals(statuses(stderr), { a: "PASSED", b: "PASSED", c: "PASSED" });
    assertMatch(stderr, message);
    assertEquals(exit, 0);
  });
}

Deno.test("Tasks fail when the module is changed and no thread has the old one", async () => {
  await using space = await TestSpace.create();
  const { code, stdout, stderr } = await space.tdrunModule(
    `
    const path = new URL(import.meta.url);
    export const a = mark({ timeout: 100 }, () => {
      Deno.writeTextFileSync(path, Deno.readTextFileSync(path) + "\\n// changed");
      for (;;);
    });
    export const b = mark(() => {});
    `,
    ["--workers=1"],
  );
  assertEquals(statuses(stderr), { a: "FAILED", b: "FAILED" });
  assertMatch(stdout, /b: Error: Cannot join the run: the module's file has changed/);
  assertEquals(code, 1);
});

// The machine.
const hasFullDevice = await Deno.stat("/dev/full").then(() => true, () => false);
const OK =
  "export const a = mark(() => {}); export const teardownState = () => logger.info('clean');";

Deno.test({
  name: "--log exits with 70 after the tasks have run when the disk is full",
  ignore: !hasFullDevice,
  fn: async () => {
    await using space = await TestSpace.create();
    await Deno.symlink("/dev/full", `${space.folder}/tdrun_main.log`);
    const end = await space.tdrunModule(OK, ["--log"]);
    assertStringIncludes(
      end.stderr,
      'Error: a reporter failed: Cannot write the log file "tdrun_main.log": No space left on device',
    );
    assertEquals([statuses(end.stderr), end.code], [{ a: "PASSED" }, 70]);
  },
});

Deno.test({
  name: "tdrun runs teardownState and exits with 70 when standard output is full",
  ignore: !hasFullDevice,
  fn: async () => {
    await using space = await TestSpace.create();
    const { code, stderr } = await inBash(space, OK, '"$@" > /dev/full');
    assertStringIncludes(stderr, "clean\n");
    assertMatch(stderr, /^Error: Cannot write to standard output: No space left/m);
    assert(!stderr.includes("    at "), stderr);
    assertEquals(code, 70);
  },
});

for (
  const [option, what] of [["--reporter=json", "the json report"], ["--state-out=-", "the state"]]
) {
  Deno.test({
    name: `${option} prints one error and exits with 70 when standard output is full`,
    ignore: !hasFullDevice,
    fn: async () => {
      await using space = await TestSpace.create();
      const { code, stderr } = await inBash(space, OK, `"$@" ${option} > /dev/full`);
      assertMatch(
        stderr,
        new RegExp(`: Cannot write ${what} to standard output: No space left`),
      );
      assertEquals(stderr.match(/Cannot write/g)?.length, 1);
      assertEquals(code, 70);
    },
  });
}

Deno.test("--rerun-failed reuses the journal up to the point where the disk was full", async () => {
  await using space = await TestSpace.create();
  const module = `
    export const a = mark(() => "a".repeat(600_000));
    export const b = mark({ after: ["a"] }, () => "b".repeat(600_000));`;
  const full = await inBash(space, module, "trap '' XFSZ; ulimit -f 1024; exec \"$@\"");
  const note = /^Note: Cannot continue the journal in ".tdrun": .*; --rerun-failed will know /m;
  assertMatch(full.stderr, note);
  assertEquals(full.code, 0);
  const rerun = await space.tdrun(["module.ts", "--rerun-failed"]);
  assertEquals([statuses(rerun.stderr), rerun.code], [{ b: "PASSED" }, 0]);
});

Deno.test("--reporter names the file and exits with 70 when a task removes it", async () => {
  await using space = await TestSpace.create();
  const { code, stderr } = await space.tdrunModule(
    'export const clean = mark(() => Deno.removeSync("out", { recursive: true }));',
    ["--reporter=junit=out/junit.xml"],
  );
  const why =
    'Cannot write the junit report to "out/junit.xml": the file was removed in the meantime';
  assertStringIncludes(stderr, `Error: a reporter failed: ${why}\n`);
  assertEquals(code, 70);
});

Deno.test("tdrun exits with 1 when a report fails and there is a stray error", async () => {
  await using space = await TestSpace.create();
  const { code } = await space.tdrunModule(
    `export const a = mark(() => Deno.removeSync("out", { recursive: true }));
     export const setupState = () => { Promise.reject(new Error("left behind")); };`,
    ["--reporter=junit=out/junit.xml"],
  );
  assertEquals(code, 1);
});

Deno.test("--log names the file and exits with 70 when a task removes it", async () => {
  await using space = await TestSpace.create();
  const { code, stderr } = await space.tdrunModule(
    `export const a = mark(() => Deno.removeSync("tdrun_main.log"));`,
    ["--log"],
  );
  const why = 'Cannot write the log file "tdrun_main.log": the file was removed in the meantime';
  assertStringIncludes(stderr, `Error: a reporter failed: ${why}\n`);
  assertEquals(code, 70);
});

Deno.test("--state-out names the file and exits with 70 when a task removes it", async () => {
  await using space = await TestSpace.create();
  const { code, stderr } = await space.tdrunModule(
    `export const a = mark(() => { Deno.removeSync("out", { recursive: true }); });`,
    ["--state-out=out/state.json"],
  );
  assertStringIncludes(
    stderr,
    'the state to "out/state.json": the file was removed in the meantime\n',
  );
  assertEquals(code, 70);
});

for (const stream of ["1", "2"]) {
  Deno.test({
    name: `tdrun exits with 1 when a task fails and file descriptor ${stream} is full`,
    ignore: !hasFullDevice,
    fn: async () => {
      await using space = await TestSpace.create();
      const failing = "export const a = mark(() => { throw new Error('a'); });";
      assertEquals((await inBash(space, failing, `"$@" ${stream}> /dev/full`)).code, 1);
    },
  });
}

Deno.test({
  name: "tdrun exits with 70 when standard error is full",
  ignore: !hasFullDevice,
  fn: async () => {
    await using space = await TestSpace.create();
    const { code } = await inBash(space, OK, '"$@" 2> /dev/full');
    assertEquals(code, 70);
  },
});

Deno.test("tdrun continues and keeps its exit code when its output is closed", async () => {
  await using space = await TestSpace.create();
  const module = `
    export const a = mark(() => { for (let i = 0; i < 20_000; i++) console.log("line " + i); });
    export const b = mark({ after: ["a"] }, () => { throw new Error("no"); });`;
  const line = '"$@" | head -1; exit "${PIPESTATUS[0]}"';
  const { code, stdout } = await inBash(space, module, line);
  assertEquals([stdout, code], ["[thread_0] a: line 0\n", 1]);
});

async function inBash(space: TestSpace, module: string, line: string): Promise<Ended> {
  const { bash } = await import("../../support/command.ts");
  await space.module("module.ts", module);
  return await bash(line, ["module.ts"], { folder: space.folder });
}

// Signals, in each phase of the command.
interface Phase {
  readonly phase: string;
  readonly module: string;
  /** Printed when the phase begins. */
  readonly startText: string;
  /** Printed after the first signal when the phase goes on; empty when one signal may be enough. */
  readonly once: readonly string[];
}

const NEVER_ENDS = "new Promise((resolve) => setTimeout(resolve, 60_000))";
const LEAVE = ": waiting for ";
const PHASES: readonly Phase[] = [
  {
    phase: "while the module is loaded",
    module: `console.error("loading"); await ${NEVER_ENDS}; export const a = mark(() => {});`,
    startText: "loading",
    once: [],
  },
  {
    phase: "while setupState blocks",
    module: `export const setupState = () => { console.error("setting up"); for (;;); };
      export const a = mark(() => {});`,
    startText: "setting up",
    once: [],
  },
  {
    phase: "while setupState awaits",
    module:
      `export const setupState = async () => { await 0; console.error("setting up"); await ${NEVER_ENDS}; };
      export const a = mark(() => {});`,
    startText: "setting up",
    once: [LEAVE],
  },
  {
    phase: "while a worker is loaded",
    module: `if (self.name?.startsWith?.("thread_")) {
        Deno.writeTextFileSync("/dev/stderr", "loading\\n");
        for (;;);
      }
      export const a = mark(() => {});`,
    startText: "loading",
    once: [],
  },
  {
    phase: "while tasks run",
    module: `export const a = mark((state, task) => { task.log.info("running"); for (;;); });`,
    startText: "running",
    once: [LEAVE],
  },
  {
    phase: "while setupWorker awaits",
    module:
      `export const setupWorker = async () => { console.error("setting up"); await ${NEVER_ENDS}; };
      export const a = mark(() => {});`,
    startText: "setting up",
    once: [LEAVE],
  },
  {
    phase: "while a task waits for its retry",
    module:
      `export const a = mark({ retries: { count: 1, delay: "1m" } }, () => { throw new Error("no"); });`,
    startText: "a: attempt 1 failed",
    once: [],
  },
  {
    phase: "while a cleanup task runs",
    module:
      `export const a = mark({ when: "always" }, async () => { console.error("cleaning"); await ${NEVER_ENDS}; });`,
    startText: "cleaning",
    once: [LEAVE],
  },
  {
    phase: "while teardownWorker awaits",
    module: `export const a = mark(() => {});
      export const teardownWorker = async () => { console.error("tearing down"); await ${NEVER_ENDS}; };`,
    startText: "tearing down",
    once: [LEAVE],
  },
  {
    phase: "while teardownState awaits",
    module: `export const a = mark(() => {});
      export const teardownState = async () => {
        await 0;
        console.error("tearing down");
        await ${NEVER_ENDS};
      };`,
    startText: "tearing down",
    once: [LEAVE],
  },
];

for (const { phase, module, startText, once } of PHASES) {
  for (const [signal, exit] of [["SIGINT", 130], ["SIGTERM", 143]] as const) {
    Deno.test(`${signal} exits with ${exit}, at the second at the latest, ${phase}`, async () => {
      await using space = await TestSpace.create();
      await space.module("module.ts", module);
      const run = space.start(["module.ts", "--workers=1"]);
      await run.waitFor(startText);
      run.kill(signal);
      for (const text of once) {
        await run.waitFor(text);
        await run.killUntilEnded(signal);
      }
      assertEquals((await run.ended).code, exit);
    });
  }
}

Deno.test("Ctrl-C lets setupState end, starts no task and runs teardownState", async () => {
  await using space = await TestSpace.create();
  await space.module(
    "module.ts",
    `
    export const setupState = async (state) => {
      await 0; // from here on signals are handled
      console.error("setting up");
      const timer = setInterval(() => {}, 1_000); // a listener alone keeps nothing alive
      await new Promise((resolve) => Deno.addSignalListener("SIGINT", resolve));
      clearInterval(timer);
      state.made = "container";
    };
    export const a = mark(() => {});
    export const teardownState = (state) => console.error("removed the " + state.made);
    `,
  );
  const run = space.start(["module.ts"]);
  await run.waitFor("setting up");
  run.kill("SIGINT");
  const { code, stderr } = await run.ended;
  assertEquals(statuses(stderr), { a: "CANCELLED" });
  assertStringIncludes(stderr, "removed the container\n");
  assertEquals(code, 130);
});

Deno.test("A run fails at its end when there are stray errors on the main thread", async () => {
  await using space = await TestSpace.create();
  const { code, stdout, stderr } = await space.tdrunModule(`
    Promise.reject(new Error("at the top"));
    export const setupState = () => { setTimeout(() => { throw new Error("in a timer"); }); };
    export const teardownState = () => { console.error("torn down"); };
    export const a = mark((state) => new Promise((resolve) => setTimeout(resolve, 100)));
  `);
  for (const error of ["at the top", "in a timer"]) {
    const line = `Error outside of tasks, on the main thread: Error: ${error}\n    at `;
    assertStringIncludes(stderr, line);
  }
  assert(!stderr.includes("ext:"), stderr);
  assertEquals(statuses(stderr), { a: "PASSED" });
  assertStringIncludes(stderr, "torn down\n");
  assertStringIncludes(stdout, "==== 1 passed, 0 failed, 0 skipped, 2 stray errors in ");
  assertEquals(code, 1);
});

Deno.test("--deadline cancels a task on the main thread when its promise is pending", async () => {
  await using space = await TestSpace.create();
  const { code, stdout, stderr } = await space.tdrunModule(
    `
    export const a = mark(() => new Promise(() => {}));
    export const b = mark({ after: ["a"] }, () => {});
    export const clean = mark({ after: ["a"], when: "always" }, () => {});
    `,
    ["--workers=0", "--deadline=1s"],
  );
  assertEquals(statuses(stderr), { a: "CANCELLED", b: "CANCELLED", clean: "PASSED" });
  assertStringIncludes(stdout, "Cancelled, since the run has passed its deadline:\n");
  assertEquals(code, 1);
});
