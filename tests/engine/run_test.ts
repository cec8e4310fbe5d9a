/** Runs on an engine, from end to end: a module behaves as on one machine. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { Redis } from "ioredis";
import { inRepository, lastLine, startScript, statuses } from "../support/command.ts";
import { EngineRig } from "../support/engine_rig.ts";
import { engineTest, isolationTest } from "../support/servers.ts";

isolationTest(
  "tdrun --engine shares state, results and hooks between workers",
  async (program, isolate) => {
    await using rig = await EngineRig.start(
      program,
      `
    export function setupState(state) { state.items = ["a"]; state.seen = new Map(); }
    export function teardownState(state) { console.log("in the end", state.items.join(), state.seen.size); }
    export function setupWorker(state) { state.seen.set(Deno.pid, "began"); }
    export const load = mark((state) => { state.items.push("b"); return { deep: [1, { two: 2n }] }; });
    export const use = mark({ after: ["load"] }, (state) => {
      const { deep } = state.results.load;
      state.items.push("c");
      return [deep[1].two, state.items.length, Deno.pid];
    });
    export const last = mark({ after: ["use"] }, (state, task) => {
      task.log.info("last of " + state.items);
      return state.results.use[1];
    });
    `,
    );
    const args = ["--state-out=state.json", "--workers=2"];
    const { code, stdout, stderr } = await rig.whole(args, [["--workers=1", isolate], [
      "--workers=1",
      isolate,
    ]]);
    assertEquals(statuses(stderr), { load: "PASSED", use: "PASSED", last: "PASSED" }, stderr);
    assertStringIncludes(stderr, "last of a,b,c\n");
    assertMatch(stdout, /^in the end a,b,c [12]\n/);
    assertEquals([lastLine(stdout), code], ["==== 3 passed, 0 failed, 0 skipped", 0]);
    const state = await rig.state();
    assertEquals(state.items, ["a", "b", "c"]);
    assertEquals(state.results.last, 3);
  },
);

isolationTest(
  "tdrun --engine counts exactly under the lock on two workers with six executors",
  async (program, isolate) => {
    await using rig = await EngineRig.start(
      program,
      `
    export function setupState(state) { state.count = 0; state.list = []; }
    export const add = mark({ each: [0, 1, 2, 3, 4, 5] }, async (state, n) => {
      for (let i = 0; i < 10; i++) {
        using _lock = await state._state_lock.acquireAsync();
        state.count = state.count + 1;
      }
      for (let i = 0; i < 10; i++) await state.update("count", (count) => count + 1);
      state.list.push(n);
    });
    `,
    );
    const workers = [["--workers=3", isolate], ["--workers=3", isolate]];
    const { code, stderr } = await rig.whole(["--state-out=state.json"], workers);
    assertEquals(code, 0, stderr);
    const state = await rig.state();
    assertEquals([state.count, state.list.toSorted()], [120, [0, 1, 2, 3, 4, 5]]);
  },
);

engineTest("tdrun --engine runs the layers example on three workers", async (program) => {
  await using rig = await EngineRig.start(program, "");
  await Deno.copyFile(inRepository("examples/layers.ts"), `${rig.space.folder}/layers.ts`);
  const text = await Deno.readTextFile(`${rig.space.folder}/layers.ts`);
  const here = text.replace("../mod.ts", inRepository("mod.ts"));
  await Deno.writeTextFile(`${rig.space.folder}/module.ts`, here);
  const workers = [["--workers=2"], ["--workers=2"], ["--workers=2"]];
  const { code, stdout, stderr } = await rig.whole(["--no-skip-deps"], workers);
  const all = Object.values(statuses(stderr));
  assertEquals(all.length, 35, stderr);
  assert(all.every((it) => it === "PASSED" || it === "FAILED"), stderr);
  assertEquals(code, all.includes("FAILED") ? 1 : 0, stdout);
});

engineTest(
  "tdrun --engine reports failures with their stack, and output with its task",
  async (program) => {
    await using rig = await EngineRig.start(
      program,
      `
    export const bad = mark(() => {
      console.log("about to fail");
      throw new TypeError("no such thing", { cause: new Error("deep") });
    });
    export const exit = mark(() => { Deno.exit(3); });
    export const gone = mark(() => { Deno.kill(Deno.pid, "SIGKILL"); });
    export const after = mark({ after: ["bad"] }, () => {});
    export const fine = mark({ after: ["gone"], when: "always" }, () => "still here");
    `,
    );
    const { code, stdout, stderr } = await rig.whole(["--workers=1"], [["--workers=1"]]);
    assertEquals(statuses(stderr), {
      bad: "FAILED",
      exit: "FAILED",
      gone: "FAILED",
      after: "SKIPPED",
      fine: "PASSED",
    }, stderr);
    assertStringIncludes(stdout, "[thread_0] bad: about to fail\n");
    assertStringIncludes(stdout, "bad: TypeError: no such thing");
    assertStringIncludes(stdout, "module.ts:5:13");
    assertStringIncludes(stdout, "caused by Error: deep");
    assertStringIncludes(stdout, "the process was killed");
    assertEquals(code, 1);
  },
);

isolationTest(
  "tdrun --engine enforces timeouts, retries and a deadline",
  async (program, isolate) => {
    await using rig = await EngineRig.start(
      program,
      `
    export const kind = mark({ timeout: "300ms" }, (_, task) =>
      new Promise((_, reject) => task.signal.addEventListener("abort", () => reject(task.signal.reason))));
    export const busy = mark({ timeout: "300ms", after: ["kind"], when: "always" }, () => { for (;;); });
    export const flaky = mark({ retries: 1, after: ["busy"], when: "always" }, (_, task) => {
      if (task.attempt === 1) throw new Error("first");
    });
    `,
    );
    const { code, stdout, stderr } = await rig.whole([], [["--workers=1", isolate]]);
    assertEquals(statuses(stderr), { kind: "FAILED", busy: "FAILED", flaky: "PASSED" }, stderr);
    assertStringIncludes(
      stdout,
      "kind: TimeoutError: the task took longer than its timeout of 300 ms\n",
    );
    assertStringIncludes(
      stdout,
      "busy: TimeoutError: the task took longer than its timeout of 300 ms\n",
    );
    assertStringIncludes(lastLine(stdout), "1 flaky");
    assertEquals(code, 1);
  },
);

isolationTest(
  "tdrun --engine aborts its tasks on Ctrl-C, and still runs those that clean up",
  async (program, isolate) => {
    await using rig = await EngineRig.start(
      program,
      `
    export const long = mark((_, task) => new Promise((_, reject) => {
      // A signal that is looked at too late is aborted already, and tells nobody any more.
      task.signal.addEventListener("abort", () => reject(task.signal.reason));
      task.log.info("waits");
    }));
    export const next = mark({ after: ["long"] }, () => {});
    export const clean = mark({ after: ["long"], when: "always" }, () => console.log("cleaned"));
    `,
    );
    await rig.worker(["--workers=2", isolate]);
    const driver = rig.drive();
    await driver.waitFor("waits");
    driver.kill("SIGINT");
    const { code, stdout, stderr } = await driver.ended;
    assertEquals(
      statuses(stderr),
      { long: "CANCELLED", next: "CANCELLED", clean: "PASSED" },
      stderr,
    );
    assertStringIncludes(stdout, "cleaned\n");
    assertEquals(code, 130);
  },
);

engineTest("tdrun --engine enforces the permissions of a task on the worker", async (program) => {
  await using rig = await EngineRig.start(
    program,
    `
    export const none = mark({ permissions: { env: false } }, () => Deno.env.get("HOME"));
    export const all = mark(() => Deno.env.get("HOME"));
    `,
  );
  const { stdout, stderr } = await rig.whole([], [["--workers=1"]]);
  assertEquals(statuses(stderr), { none: "FAILED", all: "PASSED" }, stdout + stderr);
  assertStringIncludes(stdout, "none: NotCapable");
});

isolationTest(
  "Scheduler runs on an engine twice, with a second scheduler after it",
  async (program, isolate) => {
    await using rig = await EngineRig.start(
      program,
      `
    import { bullmqEngine } from "${new URL("../../bullmq.ts", import.meta.url).href}";
    const engine = bullmqEngine(Deno.env.get("ENGINE") ?? "redis://nowhere");
    const first = new Scheduler({ engine, state: { n: 1 } });
    first.register((state) => state.n + 1, "one", { withState: true });
    first.onTaskDone((name) => console.log(name, "done", first.state.results[name]));
    const second = new Scheduler({ engine });
    second.register(() => "two", "two");
      const summary = await first.start();
      if (Deno.args.includes("drive")) console.log(summary.text.replace(/ in .*/, ""));
      await second.start();
      await second.start();
      if (Deno.args.includes("drive")) console.log(JSON.stringify([first.state.results, second.state.results]));
    `,
    );
    await rig.worker(["--workers=2", isolate]);
    const driver = startScript(`${rig.space.folder}/module.ts`, ["drive"], {
      folder: rig.space.folder,
      env: { ENGINE: rig.server.url },
      limitMs: 60_000,
    });
    const { code, stdout, stderr } = await driver.ended;
    assertEquals(code, 0, stderr);
    assertEquals(stdout.split("\n"), [
      "one done 2",
      "==== 1 passed, 0 failed, 0 skipped",
      '[{"one":2},{"two":"two"}]',
      "",
    ]);
  },
);

engineTest(
  "Scheduler.start() leaves no keys and a writable state when no task had to run",
  async (program) => {
    await using rig = await EngineRig.start(
      program,
      `
      import { bullmqEngine } from "${new URL("../../bullmq.ts", import.meta.url).href}";
      const engine = bullmqEngine(Deno.env.get("ENGINE") ?? "redis://nowhere");
      const s = new Scheduler({ engine, signal: AbortSignal.abort() });
      s.register(() => 1, "never");
      const { cancelled } = await s.start();
      s.state.written = cancelled;
      console.log(JSON.stringify(s.state.written));
      `,
    );
    const { code, stdout, stderr } = await startScript(`${rig.space.folder}/module.ts`, [], {
      folder: rig.space.folder,
      env: { ENGINE: rig.server.url },
      limitMs: 60_000,
    }).ended;
    assertEquals([stdout, code], ['["never"]\n', 0], stderr);
    const redis = new Redis(rig.server.url);
    const keys = await redis.keys("*");
    await redis.quit();
    assertEquals(keys.map((key) => key.replace(/\{.*\}/, "{}")), ["tdrun:{}:tombstone"]);
  },
  ["redis-server"],
);
