/** A Scheduler in a user's script. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { printed, script, TestSpace } from "../../support/command.ts";

Deno.test("Scheduler.start() leaves no worker that keeps the script alive", async () => {
  await using space = await TestSpace.create();
  const end = await space.script(`
    const s = new Scheduler({ workers: 3, state: { counter: 1 } });
    for (const name of ["a", "b", "c"]) {
      s.register((state) => {
        using _lock = state._state_lock.acquire();
        state.counter += 1;
        return name.toUpperCase();
      }, name, { withState: true });
    }
    if (import.meta.main) {
      const { passed, ok } = await s.start();
      console.log(JSON.stringify({ passed: [...passed].sort(), ok, state: s.sanitizedState }));
    }
  `);
  const { state, ...rest } = printed(end);
  assertEquals(rest, { passed: ["a", "b", "c"], ok: true });
  assertEquals(state.counter, 4);
  assertEquals({ ...state.results }, { a: "A", b: "B", c: "C" });
  assertEquals([end.code, end.stderr], [0, ""]);
});

Deno.test("Scheduler passes output of tasks to stdout or stderr, and logs to stderr", async () => {
  await using space = await TestSpace.create();
  const end = await space.script(`
    const s = new Scheduler({ workers: 1 });
    s.register(() => {
      console.log("out");
      console.debug("out, too");
      console.error("err");
      logger.debug("not this");
      logger.info("log");
    }, "a");
    if (import.meta.main) await s.start();
  `);
  assertEquals([end.code, end.stdout, end.stderr], [0, "out\nout, too\n", "err\nlog\n"]);
});

Deno.test("Scheduler.start() passes when there are no tasks", async () => {
  await using space = await TestSpace.create();
  const end = await space.script(`
    const { passed, ok, text } = await new Scheduler().start();
    console.log(JSON.stringify({ passed, ok, text: text.slice(0, 34) }));
  `);
  assertEquals(printed(end), { passed: [], ok: true, text: "==== 0 passed, 0 failed, 0 skipped" });
  assertEquals(end.code, 0);
});

Deno.test("Scheduler.start() runs all tasks again without the earlier results", async () => {
  await using space = await TestSpace.create();
  const end = await space.script(`
    const s = new Scheduler({ workers: 2, state: { runs: 0 } });
    s.register((state) => ++state.runs, "a", { withState: true });
    s.register((state) => [state.results.a, "b" in state.results], "b", { after: ["a"], withState: true });
    if (import.meta.main) {
      const first = await s.start();
      const seen = s.state.results.b;
      const second = await s.start();
      console.log(JSON.stringify([first.passed, seen, second.passed, s.state.results.b, s.state.runs]));
    }
  `);
  assertEquals(printed(end), [["a", "b"], [1, false], ["a", "b"], [2, false], 2]);
  assertEquals(end.code, 0);
});

Deno.test("Scheduler.start() rejects when a run is active", async () => {
  await using space = await TestSpace.create();
  const end = await space.script(`
    const s = new Scheduler({ workers: 1 });
    s.register(() => 1, "a");
    if (import.meta.main) {
      const first = s.start();
      const message = await s.start().catch((error) => error.message);
      console.log(JSON.stringify([message, (await first).passed]));
    }
  `);
  assertEquals(printed(end), ["Cannot start the scheduler: a run is active", ["a"]]);
});

Deno.test("Scheduler.start() resolves when a task fails, and applies skipDependents", async () => {
  await using space = await TestSpace.create();
  const end = await space.script(`
    const outcomes = [];
    const schedulers = [false, true].map((skipDependents) => {
      const s = new Scheduler({ workers: 1, skipDependents });
      s.register(() => { throw Object.assign(new RangeError("too far"), { code: "EFAR" }); }, "a");
      s.register(() => 1, "b", { after: ["a"] });
      return s;
    });
    if (import.meta.main) {
      for (const s of schedulers) {
        const { ran, passed, failed, skipped, failures, failureCounts, ok } = await s.start();
        const { errorType, error, record } = failures.a;
        outcomes.push({ ran, passed, failed, skipped, failureCounts, ok, why: [errorType, error, record.props] });
      }
      console.log(JSON.stringify(outcomes));
    }
  `);
  const why = ["RangeError", "too far", { code: "EFAR" }];
  assertEquals(printed(end), [
    {
      ran: ["a", "b"],
      passed: ["b"],
      failed: ["a"],
      skipped: [],
      failureCounts: { RangeError: 1 },
      ok: false,
      why,
    },
    {
      ran: ["a"],
      passed: [],
      failed: ["a"],
      skipped: ["b"],
      failureCounts: { RangeError: 1, DependencyError: 1 },
      ok: false,
      why,
    },
  ]);
  assertEquals(end.code, 0);
});

Deno.test("Scheduler.state is shared when a task copies, shows or freezes it", async () => {
  await using space = await TestSpace.create();
  const end = await space.script(`
    const s = new Scheduler({ workers: 1, state: { list: [] } });
    const { state } = s;
    s.register(() => { state.list.push("a"); }, "a");
    s.register(() => [s.sanitizedState.list, Deno.inspect(state)], "b", { after: ["a"] });
    s.register(() => Object.freeze(state), "c", { after: ["b"] });
    s.register(() => Object.keys(state), "d", { after: ["c"] });
    if (import.meta.main) {
      const { failures } = await s.start();
      console.log(JSON.stringify([s.state.results.b, failures.c.error, s.state.results.d]));
    }
  `);
  assertEquals(printed(end), [
    [["a"], '{ results: { a: undefined }, list: [ "a" ] }'],
    "Cannot freeze, seal or make inextensible a shared object",
    ["results", "list"],
  ]);
});

Deno.test("Scheduler runs tasks that are created from results of another scheduler", async () => {
  await using space = await TestSpace.create();
  const end = await space.script(`
    const first = new Scheduler({ workers: 1 });
    first.register(() => ["x", "y"], "list");
    await first.start();

    const second = new Scheduler({ workers: 2 });
    for (const name of first.state.results.list) second.register(() => name + "!", name);
    const { passed } = await second.start();
    if (import.meta.main) {
      console.log(JSON.stringify([[...passed].sort(), second.state.results.x, second.state.results.y]));
    }
  `);
  assertEquals(printed(end), [["x", "y"], "x!", "y!"]);
  assertEquals([end.code, end.stderr], [0, ""]);
});

Deno.test("Scheduler.state is the shared state in tasks at each start", async () => {
  await using space = await TestSpace.create();
  const end = await space.script(`
    const s = new Scheduler({ workers: 1, state: { list: [] } });
    s.register(() => { s.state.list.push("a" + s.state.list.length); }, "a");
    s.register((state) => state.list.length, "b", { after: ["a"], withState: true });
    await s.start();
    await s.start();
    if (import.meta.main) console.log(JSON.stringify([s.state.list, s.state.results.b]));
  `);
  assertEquals(printed(end), [["a0", "a1"], 2]);
});

Deno.test("Scheduler runs tasks that are created from another scheduler's summary", async () => {
  await using space = await TestSpace.create();
  const end = await space.script(`
    const first = new Scheduler({ workers: 1 });
    first.register(() => 1, "good");
    first.register(() => { throw new Error("bad"); }, "bad");
    const { failed } = await first.start();

    const second = new Scheduler({ workers: 1 });
    for (const name of failed) second.register(() => "mended", name);
    await second.start();
    if (import.meta.main) console.log(JSON.stringify(second.sanitizedState.results));
  `);
  assertEquals(printed(end), { bad: "mended" });
  assertEquals(end.code, 0);
});

Deno.test("Scheduler passes callbacks their own arguments and the registered ones", async () => {
  await using space = await TestSpace.create();
  const end = await space.script(`
    const s = new Scheduler({ workers: 1 });
    s.register(() => 1, "a");
    s.register(() => { throw new Error("no"); }, "b", { after: ["a"] });
    if (import.meta.main) {
      const calls = [];
      s.onSchedulerStart((meta, extra) => calls.push(["begin", meta.totalTasks, meta.workers, extra]), 7);
      s.onTaskStart((...args) => calls.push(["start", ...args]), "x");
      s.onTaskRun((...args) => calls.push(["run", ...args]), "y", "z");
      s.onTaskDone((...args) => calls.push(["done", ...args]));
      s.onSchedulerDone((summary, extra) => calls.push(["end", summary.failed, extra]), { deep: true });
      await s.start();
      console.log(JSON.stringify(calls));
    }
  `);
  assertEquals(printed(end), [
    ["begin", 2, 1, 7],
    ["start", "a", "x"],
    ["run", "a", "thread_0", "y", "z"],
    ["done", "a", "thread_0", "passed", 1],
    ["start", "b", "x"],
    ["run", "b", "thread_0", "y", "z"],
    ["done", "b", "thread_0", "failed", 2],
    ["end", ["b"], { deep: true }],
  ]);
});

Deno.test("Scheduler detaches a callback that throws, and finishes the run", async () => {
  await using space = await TestSpace.create();
  const end = await space.script(`
    const s = new Scheduler({ workers: 1 });
    s.register(() => 1, "a");
    s.register(() => 2, "b", { after: ["a"] });
    if (import.meta.main) {
      const done = [];
      let calls = 0;
      s.onTaskDone(() => { calls++; throw new Error("callback broke"); });
      s.onTaskDone((name) => done.push(name));
      const { passed, ok, reporterErrors } = await s.start();
      const errors = reporterErrors.map((it) => it.message);
      console.log(JSON.stringify({ passed, done, calls, ok, errors }));
    }
  `);
  assertEquals(printed(end), {
    passed: ["a", "b"],
    done: ["a", "b"],
    calls: 1,
    ok: false,
    errors: ["callback broke"],
  });
  assertStringIncludes(end.stderr, "callback broke");
  assertStringIncludes(end.stderr, "script.ts:");
  assertEquals(end.code, 0);
});

Deno.test("Scheduler cancels tasks that have not started when the signal is aborted", async () => {
  await using space = await TestSpace.create();
  const end = await space.script(`
    const controller = new AbortController();
    const s = new Scheduler({ workers: 1, signal: controller.signal });
    s.register(async (task) => {
      const { signal } = task;
      if (!signal.aborted) await new Promise((resolve) => signal.addEventListener("abort", resolve));
      return "told";
    }, "a");
    s.register(() => 1, "b", { after: ["a"] });
    if (import.meta.main) {
      s.onTaskRun(() => controller.abort());
      const { passed, cancelled, ok } = await s.start();
      console.log(JSON.stringify({ passed, cancelled, ok, a: s.state.results.a }));
    }
  `);
  assertEquals(printed(end), { passed: ["a"], cancelled: ["b"], ok: false, a: "told" });
  assertEquals(end.code, 0);
});

Deno.test("Scheduler imports all modules with tasks in each worker", async () => {
  await using space = await TestSpace.create();
  await space.module(
    "shared.ts",
    `export const s = new Scheduler({ workers: 2 });
     s.register(() => "here", "here");`,
  );
  const end = await space.script(`
    import { s } from "./shared.ts";
    s.register(() => "there", "there", { after: ["here"] });
    if (import.meta.main) {
      await s.start();
      console.log(JSON.stringify(s.sanitizedState.results));
    }
  `);
  assertEquals(printed(end), { here: "here", there: "there" });
});

Deno.test("Scheduler imports all modules with tasks when a task starts it", async () => {
  await using space = await TestSpace.create();
  await space.module(
    "shared.ts",
    `export const inner = new Scheduler({ workers: 1 });
     inner.register(() => "here", "here");`,
  );
  const end = await space.script(`
    import { inner } from "./shared.ts";
    inner.register(() => "there", "there", { after: ["here"] });
    const outer = new Scheduler({ workers: 1 });
    outer.register(async () => (await inner.start()).passed, "start");
    if (import.meta.main) {
      await outer.start();
      console.log(JSON.stringify(outer.sanitizedState.results));
    }
  `);
  assertEquals(printed(end), { start: ["here", "there"] });
});

Deno.test("setupLogging writes lines to stderr and a log file for each thread", async () => {
  await using space = await TestSpace.create();
  await space.module(
    "my script.ts",
    `
    const s = new Scheduler({ workers: 1, setupLogging: true });
    s.register((task) => task.log.info("hello from a"), "a");
    if (import.meta.main) await s.start();
    `,
  );
  const end = await script(`${space.folder}/my script.ts`, space);
  assertStringIncludes(end.stderr, " INFO  [thread_0] a: hello from a\n");
  const files = [...Deno.readDirSync(space.folder)].map(({ name }) => name).sort();
  assertEquals(files, ["my script.ts", "my script_main.log", "my script_thread_0.log"]);
  assertStringIncludes(
    await Deno.readTextFile(`${space.folder}/my script_thread_0.log`),
    "a: hello from a\n",
  );
  assertEquals([end.code, end.stdout], [0, ""]);
});

Deno.test("Scheduler.start() rejects when dependencies form a cycle or are unknown", async () => {
  await using space = await TestSpace.create();
  const end = await space.script(`
    const cycle = new Scheduler();
    cycle.register(() => {}, "a", { after: ["b"] });
    cycle.register(() => {}, "b", { after: ["a"] });
    const unknown = new Scheduler();
    unknown.register(() => {}, "a", { after: ["zebra"] });
    const errors = [];
    for (const s of [cycle, unknown]) await s.start().catch((error) => errors.push(error.message));
    console.log(JSON.stringify(errors));
  `);
  const [cycle, unknown] = printed(end);
  assert(/^Cannot order tasks: .* is a cycle$/.test(cycle), cycle);
  assertEquals(unknown, 'Cannot order tasks: "a" depends on "zebra", which is not a task');
});
