/** The ways in which tasks of a Scheduler reach other threads, and the errors when they cannot. */
import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { Scheduler } from "../../../mod.ts";
import { bash, printed, startScript, TestSpace } from "../../support/command.ts";

/** Registers inside `if (import.meta.main)`, which workers do not execute. */
const hidden = (options: string) => `
  if (import.meta.main) {
    const base = 20;
    const s = new Scheduler(${options});
    s.register(() => base, "a");
    s.register((state) => state.results.a + 1, "b", { after: ["a"], withState: true });
    const { passed, failures } = await s.start();
    console.log(JSON.stringify({ passed, results: s.sanitizedState.results, failures }));
  }
`;

Deno.test("TaskNotFoundError has the remedies when tasks are registered in main only", async () => {
  await using space = await TestSpace.create();
  const start = performance.now();
  const end = await space.script(hidden("{ workers: 2 }"));
  assert(performance.now() - start < 5_000);
  const { passed, failures } = printed(end);
  assertEquals(passed, []);
  assertEquals(failures.a.errorType, "TaskNotFoundError");
  for (
    const text of [
      'the task "a"',
      "found no task",
      "finds the schedulers and tasks that its top level creates",
      "`module: import.meta.url`",
      '`mode: "inline"`',
    ]
  ) assertStringIncludes(failures.a.error, text);
  assertEquals(end.code, 0);
});

Deno.test("TaskNotFoundError lists the tasks that the worker found", async () => {
  await using space = await TestSpace.create();
  const end = await space.script(`
    const s = new Scheduler({ workers: 1 });
    s.register(() => 1, "visible");
    if (import.meta.main) {
      s.register(() => 2, "hidden");
      const { passed, failures } = await s.start();
      console.log(JSON.stringify({ passed, error: failures.hidden.error }));
    }
  `);
  const { passed, error } = printed(end);
  assertEquals(passed, ["visible"]);
  assertStringIncludes(error, 'found 1 task: "visible"');
});

for (const options of ['{ mode: "inline" }', "{ workers: 0 }"]) {
  Deno.test(`Scheduler runs tasks registered in main only with ${options}`, async () => {
    await using space = await TestSpace.create();
    const end = await space.script(hidden(options));
    const { passed, results } = printed(end);
    assertEquals(passed, ["a", "b"]);
    assertEquals(results, { a: 20, b: 21 });
    assertEquals([end.code, end.stderr], [0, ""]);
  });
}

Deno.test("mode: inline runs tasks on the main thread, with access to its variables", async () => {
  await using space = await TestSpace.create();
  const end = await space.script(`
    let seen = 0;
    const s = new Scheduler({ mode: "inline" });
    s.register(() => { seen++; }, "a");
    s.register(async () => { await null; seen++; }, "b", { after: ["a"] });
    await s.start();
    console.log(JSON.stringify(seen));
  `);
  assertEquals(printed(end), 2);
});

Deno.test("mode: inline keeps logs of callbacks and reporters out of task output", async () => {
  await using space = await TestSpace.create();
  const end = await space.script(`
    const types = [];
    const reporter = { report({ type }) { types.push(type); logger.info("event " + type); } };
    const s = new Scheduler({ mode: "inline", reporters: [reporter] });
    s.register((task) => task.log.info("hello"), "a");
    s.onTaskDone((name) => logger.warn("done " + name));
    const { passed } = await s.start();
    console.log(JSON.stringify([passed, types]));
  `);
  const types = ["run-started", "task-queued", "task-started", "task-output", "task-finished"];
  types.push("run-finished");
  assertEquals(printed(end), [["a"], types]);
  const lines = types.map((type) => `event ${type}`);
  lines.splice(4, 0, "done a");
  assertEquals(end.stderr.trimEnd(), lines.join("\n"));
});

Deno.test("mode: inline lets the program call Deno.exit() while a task runs", async () => {
  await using space = await TestSpace.create();
  const end = await space.script(`
    const begun = Promise.withResolvers();
    begun.promise.then(() => Deno.exit(5));
    const s = new Scheduler({ mode: "inline" });
    s.register(async () => {
      begun.resolve();
      await new Promise((resolve) => setTimeout(resolve, 60_000));
    }, "a");
    await s.start();
  `);
  assertEquals([end.code, end.stdout], [5, ""]);
});

Deno.test("mode: inline fails only the run whose task exits when two runs overlap", async () => {
  await using space = await TestSpace.create();
  const end = await space.script(`
    const [begun, over] = [Promise.withResolvers(), Promise.withResolvers()];
    const one = new Scheduler({ mode: "inline" });
    one.register(async () => {
      await begun.promise;
      await new Promise((resolve) => setTimeout(resolve));
      Deno.exit(0);
    }, "exits");
    const other = new Scheduler({ mode: "inline" });
    other.register(() => (begun.resolve(), over.promise), "stays");
    const runs = [one.start(), other.start()];
    await runs[0];
    over.resolve();
    const [{ failed }, { passed }] = await Promise.all(runs);
    console.log(JSON.stringify([failed, passed]));
  `);
  assertEquals(printed(end), [["exits"], ["stays"]]);
});

Deno.test("mode: inline assigns logs to the task's own run when two runs overlap", async () => {
  await using space = await TestSpace.create();
  const end = await space.script(`
    const texts = { one: [], other: [] };
    const begin = (name, task) => {
      const report = (event) => event.type === "task-output" && texts[name].push(event.text);
      const s = new Scheduler({ mode: "inline", reporters: [{ report }] });
      s.register(task, "a");
      return s.start();
    };
    const [begun, goOn] = [Promise.withResolvers(), Promise.withResolvers()];
    const one = begin("one", async () => {
      await goOn.promise;
      logger.info("of one");
    });
    const other = begin("other", async () => {
      begun.resolve();
      logger.info("of the other");
      await one;
    });
    await begun.promise;
    logger.info("of the program");
    goOn.resolve();
    await other;
    console.log(JSON.stringify(texts));
  `);
  assertEquals(printed(end), { one: ["of one"], other: ["of the other"] });
  assertEquals(end.stderr, "of the program\n");
});

Deno.test("module: sets the module of the tasks when a helper creates the scheduler", async () => {
  await using space = await TestSpace.create();
  await space.module("helper.ts", "export const make = (options) => new Scheduler(options);");
  const end = await space.script(`
    import { make } from "./helper.ts";
    const s = make({ workers: 1, module: import.meta.url });
    const add = (fn, name) => s.register(fn, name);
    add(() => "found", "a");
    if (import.meta.main) {
      await s.start();
      console.log(JSON.stringify(s.sanitizedState.results));
    }
  `);
  assertEquals(printed(end), { a: "found" });
});

Deno.test("Scheduler fails tasks with the module's error when it throws in workers", async () => {
  await using space = await TestSpace.create();
  const end = await space.script(`
    const s = new Scheduler({ workers: 2 });
    if (!import.meta.main) throw new Error("only the main program");
    s.register(() => 1, "a");
    const { failures } = await s.start();
    console.log(JSON.stringify(failures.a.error));
  `);
  assertStringIncludes(printed(end), "only the main program");
  assertEquals(end.code, 0);
});

Deno.test("Scheduler runs tasks of a program from standard input", async () => {
  await using space = await TestSpace.create();
  await space.module(
    "program.ts",
    `
    const s = new Scheduler();
    s.register(() => 1, "a");
    const { passed } = await s.start();
    if (import.meta.main) console.log(JSON.stringify(passed));
    `,
  );
  const line = '"${@:1:7}" - < program.ts'; // deno run with the configuration
  assertEquals(printed(await bash(line, [], { folder: space.folder })), ["a"]);
});

Deno.test("Scheduler.start() rejects with the remedy in the REPL", async () => {
  await using space = await TestSpace.create();
  await space.module(
    "program.ts",
    `
    const s = new Scheduler();
    s.register(() => 1, "a");
    await s.start().catch((error) => console.log(error.message));
    `,
  );
  const line = '"$1" repl -q -A "${@:5:2}" --eval "$(cat program.ts)" < /dev/null';
  const { stdout } = await bash(line, [], { folder: space.folder });
  assertStringIncludes(stdout, "workers have no module to import");
  assertStringIncludes(stdout, 'use `mode: "inline"`');
});

Deno.test("Scheduler with mode: inline runs inside a task", async () => {
  await using space = await TestSpace.create();
  const end = await space.script(`
    const s = new Scheduler({ workers: 1 });
    s.register(async () => {
      const inner = new Scheduler({ mode: "inline" });
      inner.register(() => 21, "half");
      await inner.start();
      return inner.state.results.half * 2;
    }, "outer");
    if (import.meta.main) {
      await s.start();
      console.log(JSON.stringify(s.sanitizedState.results));
    }
  `);
  assertEquals(printed(end), { outer: 42 });
});

Deno.test("Scheduler accepts at most 63 workers", () => {
  new Scheduler({ workers: 63 });
  const message = "Cannot create a scheduler with workers: 64: expected an integer from 0 to 63";
  assertThrows(() => new Scheduler({ workers: 64 }), RangeError, message);
});

Deno.test("Scheduler[Symbol.asyncDispose]() waits for the active run", async () => {
  await using space = await TestSpace.create();
  const end = await space.script(`
    const s = new Scheduler({ workers: 1, keepWorkers: true });
    s.register(() => new Promise((resolve) => setTimeout(resolve, 100, "well")), "a");
    if (import.meta.main) {
      const run = s.start();
      await s[Symbol.asyncDispose]();
      console.log(JSON.stringify((await run).passed));
    }
  `);
  assertEquals([end.code, end.stdout, end.stderr], [0, '["a"]\n', ""]);
});

for (const isolate of ["worker", "process"]) {
  Deno.test(`keepWorkers prints a note when it keeps the program alive (${isolate})`, async () => {
    await using space = await TestSpace.create();
    const options =
      `{ workers: 1, keepWorkers: true, isolate: "${isolate}", module: import.meta.url }`;
    await space.module(
      "program.ts",
      `
      await using used = new Scheduler(${options});
      const forgotten = new Scheduler(${options});
      for (const s of [used, forgotten]) s.register(() => {}, "a");
      if (import.meta.main) {
        await used.start(); // its note would be printed first
        await forgotten.start();
      }
      `,
    );
    const run = startScript(`${space.folder}/program.ts`, [], { folder: space.folder });
    await run.waitFor("Note: threads kept by keepWorkers keep this program alive");
    run.kill("SIGKILL");
    const { stderr } = await run.ended;
    assertEquals(stderr.match(/Note/g)?.length, 1, stderr);
  });
}

for (const isolate of ["worker", "process"]) {
  Deno.test(`Scheduler applies state changes of the top level once (${isolate})`, async () => {
    await using space = await TestSpace.create();
    const end = await space.script(`
      const s = new Scheduler({ workers: 2, isolate: "${isolate}" });
      s.state.list = [];
      const { state } = s;
      const names = Array.from({ length: 8 }, (_, i) => "t" + i);
      for (const [i, name] of names.entries()) {
        // The two threads are made one after the other: the second loads this while the first works.
        s.register(async (given) => {
          given.list.push(i);
          state.seen = (state.seen ?? 0) + 1;
          await new Promise((resolve) => setTimeout(resolve, 20));
        }, name, { withState: true, mutex: "one at a time" });
      }
      if (import.meta.main) {
        const { ok } = await s.start();
        console.log(JSON.stringify({ ok, list: s.state.list.length, seen: s.state.seen }));
      }
    `);
    assertEquals(printed(end), { ok: true, list: 8, seen: 8 });
  });
}

Deno.test("mode: inline gives tasks the current values of the program's variables", async () => {
  await using space = await TestSpace.create();
  const end = await space.script(`
    await using s = new Scheduler({ workers: 1, mode: "inline" });
    s.state.log = [];
    let round = 0;
    s.register((state) => void state.log.push(state.round + "/" + round), "a", { withState: true });
    for (; round < 3; round++) {
      s.state.round = round;
      await s.start();
    }
    console.log(JSON.stringify(s.state.log));
  `);
  assertEquals(printed(end), ["0/0", "1/1", "2/2"]);
});

Deno.test("Scheduler starts again after a task leaked an error in a kept thread", async () => {
  await using space = await TestSpace.create();
  const end = await space.script(`
    await using s = new Scheduler({ workers: 1, keepWorkers: true });
    let round = 1;
    s.register(() => {
      Promise.reject(new Error("leaked"));
      return round;
    }, "a");
    const rounds = [];
    for (; round < 4; round++) {
      await s.start();
      rounds.push(s.state.results.a);
    }
    console.log(JSON.stringify(rounds));
  `);
  assertEquals(printed(end), [1, 2, 3]);
});

for (const options of ["workers: 1", 'mode: "inline"']) {
  Deno.test(`Scheduler lets a callback exit the process, with ${options}`, async () => {
    await using space = await TestSpace.create();
    const end = await space.script(`
      const s = new Scheduler({ ${options} });
      s.register(() => 1, "a");
      s.register(() => new Promise((resolve) => setTimeout(resolve, 1e9)), "b", { after: ["a"] });
      s.onTaskDone(() => Deno.exit(7));
      if (import.meta.main) await s.start();
    `);
    assertEquals([end.code, end.stderr], [7, ""]);
  });
}

for (const isolate of ["worker", "process"]) {
  const options = `workers: 1, keepWorkers: true, isolate: "${isolate}"`;
  Deno.test(`Scheduler only logs an error that a finished run leaked: ${options}`, async () => {
    await using space = await TestSpace.create();
    // A promise that the first run leaked rejects after the second run.
    const end = await space.script(`
      await using s = new Scheduler({ ${options}, reporters: [{ report() {} }] });
      const gate = new URL("gate", import.meta.url);
      const there = () => Deno.stat(gate).then(() => true, () => false);
      const leave = async () => {
        while (!await there()) await new Promise((resolve) => setTimeout(resolve, 5));
        throw new Error("too late\\nfor anybody");
      };
      s.register((state) => void (state.round === 1 && leave()), "a", { withState: true });
      if (import.meta.main) {
        const oks = [];
        for (const round of [1, 2]) {
          s.state.round = round;
          oks.push((await s.start()).ok);
        }
        const { promise, resolve } = Promise.withResolvers();
        const write = Deno.stderr.writeSync;
        Deno.stderr.writeSync = (bytes) => (resolve(), write.call(Deno.stderr, bytes));
        await Deno.writeTextFile(gate, "");
        await promise;
        s.state.round = 3;
        oks.push((await s.start()).ok);
        console.log(JSON.stringify(oks));
      }
    `);
    assertEquals(printed(end), [true, true, true]);
    const line = "thread_0: a finished run leaked an error: Error: too late\\nfor anybody\n";
    assertEquals(end.stderr, line);
  });
}

for (const isolate of ["worker", "process"]) {
  const options = `workers: 1, keepWorkers: true, isolate: "${isolate}"`;
  Deno.test(`Scheduler fails the run when a timer of 0 ms leaks: ${options}`, async () => {
    await using space = await TestSpace.create();
    const end = await space.script(`
      await using s = new Scheduler({ ${options} });
      s.register(() => void setTimeout(() => { throw new Error("left behind"); }, 0), "a");
      if (import.meta.main) {
        const oks = [];
        for (let i = 0; i < 5; i++) oks.push((await s.start()).ok);
        console.log(JSON.stringify(oks));
      }
    `);
    assertEquals(printed(end), Array(5).fill(false));
  });
}

Deno.test("Scheduler finds its own tasks when workers create fewer schedulers", async () => {
  await using space = await TestSpace.create();
  const end = await space.script(`
    function make(value) {
      const s = new Scheduler({ workers: 1 });
      s.register(() => value, "a");
      return s;
    }
    const first = import.meta.main ? make("first") : undefined;
    const [second, third] = [make("second"), make("third")];
    if (import.meta.main) {
      const results = [];
      for (const s of [first, second, third]) {
        const { failures } = await s.start();
        results.push(s.state.results.a ?? failures.a.errorType);
      }
      console.log(JSON.stringify(results));
    }
  `);
  assertEquals(printed(end), ["TaskNotFoundError", "second", "third"]);
});

Deno.test("keepWorkers adds threads when tasks were registered since the last run", async () => {
  await using space = await TestSpace.create();
  const end = await space.script(`
    await using s = new Scheduler({ keepWorkers: true });
    const workers = [];
    s.onSchedulerStart((meta) => workers.push(meta.workers));
    s.register(() => 1, "a");
    await s.start();
    for (let i = 0; i < 4; i++) s.register(() => i, "b" + i);
    const { ok } = await s.start();
    console.log(JSON.stringify({ ok, workers }));
  `);
  const cores = navigator.hardwareConcurrency;
  assertEquals(printed(end), { ok: true, workers: [1, Math.min(5, cores, 8)] });
});

for (const isolate of ["worker", "process", "inline"]) {
  Deno.test(`Scheduler.start() rejects only in its own tasks (${isolate})`, async () => {
    await using space = await TestSpace.create();
    const end = await space.script(`
      const inner = new Scheduler({ workers: 1 });
      inner.register(() => 20, "a");
      inner.register((state) => state.results.a + 1, "b", { after: ["a"], withState: true });
      const outer = new Scheduler({ workers: 1, isolate: "${isolate}" });
      outer.register(async () => {
        const { passed } = await inner.start();
        return { passed, b: inner.state.results.b };
      }, "other");
      outer.register(() => outer.start().catch(({ message }) => message), "own");
      if (import.meta.main) {
        await outer.start();
        console.log(JSON.stringify(outer.sanitizedState.results));
      }
    `);
    assertEquals(printed(end), {
      other: { passed: ["a", "b"], b: 21 },
      own: "Cannot start the scheduler: a run is active",
    });
  });
}

Deno.test("Scheduler finds the module of evaluated code, and a module with a long URL", async () => {
  await using space = await TestSpace.create();
  const end = await space.script(`
    const body = 'const s = new S({ workers: 1 }); s.register(() => 1, "a"); return s;';
    const evaluated = new Function("S", body)(Scheduler);
    const code = 'export const make = (S) => { ' + body + ' }; ' + "// ".padEnd(2_000, "x");
    const { make } = await import("data:text/javascript," + encodeURIComponent(code));
    const long = make(Scheduler);
    if (import.meta.main) {
      const { passed } = await evaluated.start();
      const { failures } = await long.start();
      console.log(JSON.stringify({ passed, failures }));
    }
  `);
  const { passed, failures } = printed(end);
  assertEquals(passed, ["a"]);
  // Workers import the long URL, whose function creates a scheduler only when it is called.
  assertEquals(failures.a.errorType, "TaskNotFoundError");
});
