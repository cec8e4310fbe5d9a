/** `--isolate=process`: tasks run in processes, whose faults do not harm the run. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import {
  bash,
  CONFIG,
  printed,
  RunningCommand,
  startTdrun,
  statuses,
  TestSpace,
} from "../../support/command.ts";
import { gone, removed } from "../../support/processes.ts";

/** Runs a module, each task in a process. */
async function isolated(text: string, args: readonly string[] = []) {
  await using space = await TestSpace.create();
  return await space.tdrunModule(text, ["--isolate=process", "--no-journal", ...args]);
}

Deno.test("--isolate=process has results, state, output and arguments as threads do", async () => {
  const text = `
    export const a = mark((state) => {
      state.list = [new Map([["k", new Date(7)]]), 10n, NaN];
      console.log("a says", Deno.args.at(-1), import.meta.main);
      return { deep: [1] };
    });
    export const b = mark({ after: ["a"] }, async (state, task) => {
      const [map, big, nan] = state.list;
      task.log.info(map.get("k").getTime() + ", " + big + ", " + nan);
      console.error(state.results.a.deep[0], state.env, task.thread);
      await Promise.resolve();
      return { deep: [...state.results.a.deep, 2] };
    });
    export const c = mark({ after: ["b"] }, (state) => {
      if (state.results.b !== state.results.b) throw new Error("two objects for one");
      return [...state.results.b.deep].join();
    });
    export function teardownState(state) { console.log("at last " + state.results.c); }
  `;
  const { code, stdout, stderr } = await isolated(text, ["--workers=1", "--env=dev"]);
  assertEquals(code, 0, stderr);
  assertStringIncludes(stdout, "[thread_0] a: a says --env=dev false\n");
  assertStringIncludes(stderr, "[thread_0] b: 7, 10, NaN\n");
  assertStringIncludes(stderr, "[thread_0] b: 1 dev thread_0\n");
  assertStringIncludes(stdout, "at last 1,2\n");
});

Deno.test("--isolate=process prints all output of teardownWorker's child processes", async () => {
  // The other stream is read late while one is busy.
  const { code, stdout, stderr } = await isolated(
    `
    export const a = mark(() => {});
    export const teardownWorker = async () => {
      const args = ["-c", "seq 1 20000; echo torn down >&2"];
      await new Deno.Command("sh", { args }).spawn().status;
    };
    `,
    ["--reporter=dot"],
  );
  assertEquals(code, 0, stderr);
  assertEquals(stdout.match(/^\[thread_0\] teardownWorker: \d+$/gm)?.length, 20_000);
  assertStringIncludes(stderr, "[thread_0] teardownWorker: torn down\n");
});

Deno.test("--isolate=process prints output of child processes before their task ends", async () => {
  const { code, stderr } = await isolated(
    `
    const shell = (line) => new Deno.Command("sh", { args: ["-c", line + " >&2"] }).spawn().status;
    export const a = mark(async () => {
      await shell("echo first");
      await shell("printf 'no end of line'");
    });
    export const b = mark({ after: ["a"] }, () => shell("echo second"));
    `,
    ["--workers=1"],
  );
  assertEquals(code, 0, stderr);
  const lines = stderr.split("\n").map((line) => line.replace(/^\d\S+ \S+ /, ""));
  const at = (text: string) => lines.findIndex((line) => line.startsWith(text));
  const order = ["a: first", "a: no end of line", "a ..", "b: second", "b .."];
  const places = order.map((text) => at(`[thread_0] ${text}`));
  assertEquals(places, places.toSorted((a, b) => a - b), stderr);
  assert(!places.includes(-1), stderr);
});

Deno.test("--isolate=process kills a task and its child processes at its timeout", async () => {
  await using space = await TestSpace.create();
  await space.module(
    "module.ts",
    `
    import { spawn } from "node:child_process";
    export const hang = mark({ timeout: 300 }, () => {
      const child = new Deno.Command("sleep", { args: ["1000"] }).spawn();
      const session = new Deno.Command("setsid", { args: ["sh", "-c", "sleep 1000 & wait"] }).spawn();
      const node = spawn("sleep", ["1000"], { detached: true });
      const pids = [Deno.pid, child.pid, session.pid, node.pid];
      Deno.writeTextFileSync("pids", pids.join(" "));
      for (;;);
    });
    export const other = mark({ after: [] }, () => 1);
    `,
  );
  const { code, stdout, stderr } = await space.tdrun(["--isolate=process", "module.ts"]);
  assertEquals(code, 1, stderr);
  assertEquals(statuses(stderr), { hang: "FAILED", other: "PASSED" });
  assertStringIncludes(stdout, "TimeoutError: the task took longer than its timeout of 300 ms");
  const pids = (await Deno.readTextFile(`${space.folder}/pids`)).split(" ").map(Number);
  assertEquals(pids.length, 4);
  for (const pid of pids) await gone(pid);
});

Deno.test("--isolate=process fails only the task whose process runs out of memory", async () => {
  await using space = await TestSpace.create();
  await space.module(
    "module.ts",
    `
    export const greedy = mark(() => {
      const kept = [];
      for (;;) kept.push(new Array(10_000).fill(kept.length));
    });
    export const a = mark(() => 1);
    export const b = mark({ after: ["a"] }, () => 2);
    `,
  );
  const args = ["--isolate=process", "--workers=2", "module.ts"];
  const { code, stdout, stderr } = await space.tdrun(args, {
    DENO_V8_FLAGS: "--max-old-space-size=64",
  });
  assertEquals(statuses(stderr), { greedy: "FAILED", a: "PASSED", b: "PASSED" });
  assertMatch(stdout, /greedy: WorkerLostError: .* the process ran out of memory \(exit code 13\d/);
  assertEquals(code, 1);
});

Deno.test("--isolate=process names the signal, and retries, when a process is lost", async () => {
  const { code, stdout, stderr } = await isolated(`
    export const killed = mark(() => { Deno.kill(Deno.pid, "SIGKILL"); for (;;); });
    export const aborts = mark(() => { Deno.kill(Deno.pid, "SIGABRT"); for (;;); });
    export const again = mark({ retries: 1 }, (state, task) => {
      if (task.attempt === 1) { Deno.kill(Deno.pid, "SIGKILL"); for (;;); }
      return task.attempt;
    });
    export const fine = mark({ after: ["again"] }, (state) => state.results.again);
  `);
  assertEquals(code, 1);
  const { killed, aborts, fine } = statuses(stderr);
  assertEquals([killed, aborts, fine], ["FAILED", "FAILED", "PASSED"], stderr);
  assertMatch(
    stdout,
    /killed: WorkerLostError: .* the process was killed \(exit code 137, SIGKILL\)/,
  );
  assertMatch(
    stdout,
    /aborts: WorkerLostError: .* terminated by a signal \(exit code 134, SIGABRT\)/,
  );
});

Deno.test("--isolate=process fails a task when its process is killed while it sends", async () => {
  // A child process kills it while it blocks with most of a large value unwritten.
  const { code, stderr } = await isolated(
    `
    export const a = mark({ timeout: "15s" }, async (state) => {
      const line = "sleep 0.2; kill -9 " + Deno.pid;
      new Deno.Command("sh", { args: ["-c", line] }).spawn();
      await new Promise((resolve) => setTimeout(resolve, 100));
      for (let i = 0;; i++) state.large = String(i % 10).repeat(20_000_000);
    });
    export const after = mark({ after: ["a"], when: "always" }, () => {});
    `,
    ["--workers=1"],
  );
  assertEquals(statuses(stderr), { a: "FAILED", after: "PASSED" });
  assertStringIncludes(stderr, "the process was killed (exit code 137, SIGKILL)");
  assertEquals(code, 1);
});

Deno.test("--isolate=process removes old files of the op log when a process is idle", async () => {
  const { code, stderr } = await isolated(
    `
    export const quick = mark((state) => {
      while (!state.isBegun);
    });
    export const writes = mark((state) => {
      state.isBegun = true;
      const folder = new URL(".", Deno.mainModule);
      const isThere = (name) => [...Deno.readDirSync(folder)].some((file) => file.name === name);
      while (!isThere("log.1")) state.text = "x".repeat(1 << 22);
      for (let i = 0; isThere("log.0"); i++) {
        if (i === 50_000) throw new Error("the first file is still there");
        state.i = i;
      }
    });
    `,
    ["--workers=2"],
  );
  assertEquals([statuses(stderr), code], [{ quick: "PASSED", writes: "PASSED" }, 0], stderr);
});

Deno.test("--isolate=process ends the run when a task empties the temporary folder", async () => {
  await using space = await TestSpace.create();
  await Deno.mkdir(`${space.folder}/tmp`);
  const { code, stderr, stdout } = await space.tdrunModule(
    `
    export const a = mark(() => {
      const folder = Deno.env.get("TMPDIR");
      for (const { name } of Deno.readDirSync(folder)) {
        Deno.removeSync(folder + "/" + name, { recursive: true });
      }
      Deno.kill(Deno.pid, "SIGKILL");
    });
    export const b = mark({ after: ["a"], when: "always" }, () => {});
    `,
    ["--isolate=process", "--workers=1"],
    { TMPDIR: `${space.folder}/tmp` },
  );
  assertEquals([statuses(stderr), code], [{ a: "FAILED", b: "FAILED" }, 1], stderr);
  assertStringIncludes(stdout, "b: Error: Cannot start another process: ");
});

Deno.test("--isolate=process keeps the process when a task calls an exit function", async () => {
  const { code, stdout, stderr } = await isolated(
    `
    let calls = 0;
    export const a = mark(() => { calls++; Deno.exit(0); });
    export const b = mark({ after: ["a"] }, async () => { calls++; process.exit(0); });
    export const c = mark({ after: ["b"] }, () => { calls++; self.close(); });
    export const d = mark({ after: ["c"] }, () => {
      if (calls !== 3) throw new Error("another process");
    });
    `,
    ["--workers=1", "--no-skip-deps"],
  );
  assertEquals(code, 1);
  assertEquals(statuses(stderr), { a: "FAILED", b: "FAILED", c: "FAILED", d: "PASSED" });
  assertStringIncludes(stdout, "Deno.exit(0) was called");
});

Deno.test("--isolate=process reports stray errors when tasks leak them", async () => {
  const { code, stdout } = await isolated(`
    export const a = mark(() => { Promise.reject(new Error("left behind")); });
    export const b = mark(() => { setTimeout(() => { throw new Error("later"); }, 1); });
  `);
  assertEquals(code, 1);
  assertStringIncludes(stdout, "left behind");
  assertStringIncludes(stdout, "later");
});

Deno.test("--isolate=process loses no increment when 4 processes use the state lock", async () => {
  const { code, stdout, stderr } = await isolated(
    `
    const count = async (state) => {
      for (let i = 0; i < 250; i++) {
        using _lock = state._state_lock.acquire();
        state.n = (state.n ?? 0) + 1;
      }
      for (let i = 0; i < 125; i++) {
        await state._state_lock.run(async () => {
          const { n } = state;
          await Promise.resolve();
          state.n = n + 1;
        });
        state.update("n", (n) => n + 1);
      }
    };
    export const a = mark((state) => count(state));
    export const b = mark((state) => count(state));
    export const c = mark((state) => count(state));
    export const d = mark((state) => count(state));
    export function teardownState(state) { console.log("counted " + state.n); }
    `,
    ["--workers=4"],
  );
  assertEquals(code, 0, stderr);
  assertStringIncludes(stdout, "counted 2000\n");
});

Deno.test("--isolate=process sets abandonedBy once when a process dies with the lock", async () => {
  const { stdout, stderr } = await isolated(
    `
    export const dies = mark((state) => {
      state._state_lock.acquire();
      state.held = true;
      Deno.kill(Deno.pid, "SIGKILL");
      for (;;);
    });
    export const waits = mark(async (state) => {
      while (!state.held) await new Promise((resolve) => setTimeout(resolve, 1));
      using lock = state._state_lock.acquire();
      return lock.abandonedBy;
    });
    export const after = mark({ after: ["waits"] }, async (state) => {
      using lock = await state._state_lock.acquireAsync();
      return String(lock.abandonedBy);
    });
    export function teardownState({ results }) { console.log(results.waits + " " + results.after); }
    `,
    ["--workers=2"],
  );
  assertEquals(statuses(stderr), { dies: "FAILED", waits: "PASSED", after: "PASSED" });
  assertMatch(stdout, /^thread_\d undefined$/m);
});

Deno.test("--isolate=process enforces the permissions of a task", async () => {
  await using space = await TestSpace.create();
  await space.file("data.txt", "data");
  await space.file("lib.ts", "export const seven = 7;");
  await space.module(
    "module.ts",
    `
    import { seven } from "./lib.ts";
    const tries = async () => {
      const does = async (act) => { try { await act(); return "yes"; } catch (e) { return e.name; } };
      return [
        await does(() => Deno.readTextFileSync("data.txt")),
        await does(() => Deno.readTextFileSync("module.ts")),
        await does(() => Deno.writeTextFileSync("data.txt", "data")),
        await does(() => Deno.env.get("HOME")),
        await does(() => new Deno.Command("true").output()),
      ].join() + seven;
    };
    export const all = mark(() => tries());
    export const none = mark({ permissions: "none" }, () => tries());
    export const some = mark({ permissions: { read: ["./data.txt"], env: true } }, () => tries());
    export function teardownState({ results }) {
      console.log(JSON.stringify([results.all, results.none, results.some]));
    }
    `,
  );
  const { code, stdout, stderr } = await space.tdrun(["--isolate=process", "module.ts"]);
  assertEquals(code, 0, stderr);
  const no = "NotCapable";
  assertEquals(JSON.parse(stdout.match(/^\[.*\]$/m)![0]), [
    "yes,yes,yes,yes,yes7",
    [no, no, no, no, no].join() + 7,
    ["yes", no, no, "yes", no].join() + 7,
  ]);

  const onThreads = await space.tdrun(["module.ts"]);
  assertEquals(onThreads.code, 2);
  assertEquals(
    onThreads.stderr,
    'Error: Cannot enforce the permissions of task "none": threads have the permissions of the whole process; ' +
      "use --isolate=process\n",
  );
});

Deno.test("--isolate=process gives tasks the run's permissions and import map", async () => {
  await using space = await TestSpace.create();
  const { imports } = JSON.parse(await Deno.readTextFile(CONFIG)); // the library needs them
  await space.file("deno.json", JSON.stringify({ imports: { ...imports, "lib/": "./lib/" } }));
  await Deno.mkdir(`${space.folder}/lib`);
  await space.file("lib/seven.ts", "export const seven = 7;");
  await space.module(
    "script.ts",
    `
    import { seven } from "lib/seven.ts";
    const state = (name, rest) => Deno.permissions.querySync({ name, ...rest }).state;
    const look = () => [
      ...["read", "write", "net", "env", "run", "sys", "ffi", "import"].map((name) => state(name)),
      state("read", { path: "/etc/hosts" }),
      state("net", { host: "a.example" }),
      state("env", { variable: "HOME" }),
      seven,
    ].join();
    const s = new Scheduler({ isolate: "process", workers: 1 });
    s.register(look, "same");
    s.register(look, "less", { permissions: { net: ["a.example"], env: true } });
    if (import.meta.main) {
      await s.start().then(
        () => console.log(JSON.stringify([look(), s.state.results.same, s.state.results.less])),
        (error) => console.log(JSON.stringify(error.message)),
      );
    }
    `,
  );
  const run = async (...flags: string[]) => {
    const line = ["run", "-q", "--no-prompt", "--no-lock", ...flags, "script.ts"];
    return printed(await new RunningCommand([Deno.execPath(), ...line], space).ended);
  };
  const files = ["--allow-read", "--allow-write", "--allow-run"];

  const lists = ["--allow-net=a.example,b.example", "--allow-env=HOME", "--deny-read=/etc/hosts"];
  const [main, same, less] = await run(...files, ...lists);
  assertEquals(same, main);
  const no = "prompt";
  assertEquals(main.split(","), [
    ...["granted", "granted", no, no, "granted", no, no, no],
    ...["denied", "granted", "granted", "7"],
  ]);
  assertEquals(less.split(","), [
    ...[no, no, no, no, no, no, no, no],
    ...["denied", "granted", "granted", "7"],
  ]);
  const [whole, sameWhole] = await run("-A");
  assertEquals(sameWhole, whole);

  assertEquals(
    await run(...files, "--allow-net=b.example"),
    'Cannot permit task "less" to connect to "a.example": the run lacks the permission; start the run ' +
      "with --allow-net=a.example",
  );
  assertEquals(
    await run("--allow-read", "--allow-write"),
    "Cannot isolate tasks by process: --allow-run without a list is needed",
  );
});

Deno.test("--isolate=process runs hooks of workers and thread-local keys per process", async () => {
  const { code, stdout, stderr } = await isolated(
    `
    export function setupState(state) {
      state.client = { pid: Deno.pid, ask: () => "asked" };
      state.main = Deno.pid;
      state.calls = [];
    }
    export function setupWorker(state) { state.calls.push("setup " + Deno.pid); }
    export function teardownWorker(state) { state.calls.push("teardown " + Deno.pid); }
    const look = (state) => {
      if (state.client.pid !== Deno.pid || Deno.pid === state.main) throw new Error("not its own");
      return state.client.ask();
    };
    export const a = mark((state) => look(state));
    export const b = mark({ after: ["a"] }, (state) => look(state));
    export function teardownState(state) { console.log(JSON.stringify(state.calls)); }
    `,
    ["--workers=1"],
  );
  assertEquals(code, 0, stderr);
  const calls: string[] = JSON.parse(stdout.match(/^\[.*\]$/m)![0]);
  assertEquals(calls.map((call) => call.split(" ")[0]), ["setup", "teardown"]);
});

Deno.test("--isolate=process aborts tasks when Ctrl-C goes to the process group", async () => {
  await using space = await TestSpace.create();
  await space.module(
    "module.ts",
    `
    export const a = mark(async (state, task) => {
      const aborted = new Promise((resolve) => task.signal.addEventListener("abort", resolve));
      task.log.info("a has begun");
      await aborted;
      task.log.info("a was told: " + task.signal.reason.message);
    });
    export const b = mark({ after: ["a"] }, () => {});
    export const busy = mark((state, task) => {
      while (!task.signal.aborted);
      task.signal.throwIfAborted();
    });
    `,
  );
  const args = ["--isolate=process", "--workers=2", "module.ts"];
  const run = startTdrun(args, { folder: space.folder, isLeader: true });
  await run.waitFor("a has begun");
  // The terminal sends it to every process of its foreground group.
  Deno.kill(-run.pid, "SIGINT");
  const { code, stderr } = await run.ended;
  assertEquals(code, 130, stderr);
  assertStringIncludes(stderr, "a was told: The run was interrupted\n");
  assertEquals(statuses(stderr), { a: "PASSED", b: "CANCELLED", busy: "CANCELLED" });
});

Deno.test("--isolate=process fails every task when the module throws in processes", async () => {
  const { code, stdout, stderr } = await isolated(`
    if (Deno.mainModule.includes("/entry.")) throw new Error("not in a process");
    export const a = mark(() => 1);
    export const b = mark(() => 2);
  `);
  assertEquals(code, 1);
  assertEquals(statuses(stderr), { a: "FAILED", b: "FAILED" });
  assertStringIncludes(stdout, "not in a process");
});

Deno.test("--isolate=process has timeouts, retries, mutexes and cases as threads do", async () => {
  const { code, stdout, stderr } = await isolated(
    `
    export const late = mark({ timeout: 50 }, async (state, task) => {
      await new Promise((resolve) => task.signal.addEventListener("abort", resolve));
      throw task.signal.reason;
    });
    export const flaky = mark({ retries: 2 }, (state, task) => {
      if (task.attempt < 3) throw new Error("attempt " + task.attempt);
    });
    const alone = (state) => {
      if (state.inside) throw new Error("together");
      state.inside = true;
      for (let i = 0; i < 100; i++) state.n = i;
      state.inside = false;
    };
    export const one = mark({ each: [1, 2, 3, 4], mutex: "m" }, (state) => alone(state));
    export const always = mark({ after: [late], when: "failed" }, () => console.log("cleaned up"));
    `,
    ["--workers=3"],
  );
  assertEquals(code, 1, stderr);
  const { late, always, ...rest } = statuses(stderr);
  assertEquals([late, always], ["FAILED", "PASSED"]);
  assertEquals(new Set(Object.values(rest)), new Set(["PASSED"]), stderr);
  assertStringIncludes(stdout, "cleaned up");
  assertStringIncludes(stdout, "late: TimeoutError");
});

Deno.test("--isolate=process is rejected when --workers=0 or --list is given", async () => {
  const refusals: [string[], string][] = [
    [["--workers=0"], "Error: Cannot use --workers=0 and --isolate=process together\n"],
    [["--list"], "Error: Cannot use --isolate with --list: nothing runs\n"],
  ];
  for (const [args, message] of refusals) {
    const { code, stderr } = await isolated("export const a = mark(() => 1);", args);
    assertEquals([code, stderr], [2, message]);
  }
});

for (const how of ["SIGKILL", "a second Ctrl-C"]) {
  Deno.test(`--isolate=process leaves no process and no file after ${how}`, async () => {
    await using space = await TestSpace.create();
    await Deno.mkdir(`${space.folder}/tmp`);
    await space.module(
      "module.ts",
      `
      const note = (pid) => Deno.writeTextFileSync("pids", pid + " ", { append: true });
      export const busy = mark(() => {
        note(new Deno.Command("sleep", { args: ["1000"] }).spawn().pid);
        note(Deno.pid);
        console.error("busy");
        for (;;);
      });
      export const idle = mark(async () => {
        note(Deno.pid);
        console.error("idle");
        await new Promise(() => setTimeout(() => {}, 1e9));
      });
      `,
    );
    const env = { TMPDIR: `${space.folder}/tmp` };
    const args = ["--isolate=process", "--workers=2", "module.ts"];
    const run = startTdrun(args, { folder: space.folder, env });
    await run.waitFor("] busy");
    await run.waitFor("] idle");
    const pids = (await Deno.readTextFile(`${space.folder}/pids`)).trim().split(" ").map(Number);
    assertEquals(pids.length, 3);
    if (how === "SIGKILL") run.kill("SIGKILL");
    else {
      run.kill("SIGINT");
      await run.waitFor("Ctrl-C again to stop now.");
      await run.killUntilEnded("SIGINT");
    }
    const { code } = await run.ended;
    assertEquals(code, how === "SIGKILL" ? 137 : 130);
    for (const pid of pids) await gone(pid);
    await removed(`${space.folder}/tmp`);
  });
}

Deno.test("--isolate=process exits with 2 when there is no space for temporary files", async () => {
  await using space = await TestSpace.create();
  await Deno.mkdir(`${space.folder}/tmp`);
  await space.module("module.ts", "export const a = mark(() => {});");
  const { code, stdout, stderr } = await bash(
    `trap "" XFSZ; ulimit -f 0; exec "$@"`,
    ["module.ts", "--isolate=process", "--no-journal"],
    { folder: space.folder, env: { TMPDIR: `${space.folder}/tmp` } },
  );
  assertMatch(stderr, /\nError: Cannot isolate tasks by process: .* File too large .*\n$/);
  assertEquals([code, stdout], [2, ""]);
  assertEquals([...Deno.readDirSync(`${space.folder}/tmp`)], []);
});

Deno.test("Scheduler({ isolate: 'process' }) restarts with kept workers and state", async () => {
  await using space = await TestSpace.create();
  const ended = await space.script(`
    const s = new Scheduler({ isolate: "process", workers: 2, keepWorkers: true, state: { n: 0 } });
    s.register((state) => { state.n += 1; return Deno.pid; }, "a", { withState: true });
    s.register((state) => state.results.a !== undefined, "b", { after: ["a"], withState: true });
    const first = await s.start();
    const { a } = s.state.results;
    const second = await s.start();
    const { n, results } = s.sanitizedState;
    await s[Symbol.asyncDispose]();
    console.log(JSON.stringify([first.passed.length, second.passed.length, n, results.b, a !== Deno.pid]));
  `);
  assertEquals(printed(ended), [2, 2, 2, true, true]);
});
