/** Policies of a run: limits, retries, orders, options of tasks, hooks, and `Scheduler`. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { lastLine, order, printed, statuses, TestSpace } from "../../support/command.ts";
import { inEachWay, type Way } from "../../support/in_every_way.ts";

/** Runs a module, and returns its end with the outcomes and the order of tasks. */
async function run(way: Way, module: string, args: readonly string[] = []) {
  await using space = await way.space();
  const { code, stdout, stderr } = await space.tdrunModule(module, args);
  return { code, stdout, stderr, statuses: statuses(stderr), order: order(stderr) };
}

/** Fails until its attempt of this number. */
const passesOn = (attempt: number) =>
  `(_, task) => { if (task.attempt < ${attempt}) throw new Error("no " + task.attempt); }`;

// Timeouts.
inEachWay(
  "--timeout fails an attempt that takes longer, unless its task has a timeout",
  async (way) => {
    const end = await run(
      way,
      `
    const slow = () => new Promise((resolve) => setTimeout(resolve, 400));
    export const a = mark(() => slow());
    export const b = mark({ timeout: "1m" }, () => slow());
    export const c = mark({ after: ["a"] }, () => {});
    `,
      ["--timeout=150ms", "--workers=2"],
    );
    assertEquals(end.statuses, { a: "FAILED", b: "PASSED", c: "SKIPPED" });
    assertStringIncludes(
      end.stdout,
      "a: TimeoutError: the task took longer than its timeout of 150 ms\n",
    );
    assertEquals(lastLine(end.stdout), "==== 1 passed, 1 failed, 1 skipped");
    assertEquals(end.code, 1);
  },
);

// Retries.
inEachWay(
  "--retries reports failed attempts, and a task is flaky when a later one passes",
  async (way) => {
    const end = await run(way, `export const a = mark(${passesOn(3)});`, ["--retries=2"]);
    assertEquals(end.statuses, { a: "PASSED" });
    assertMatch(end.stderr, /no 1\n(.*\n)*.*no 2\n/);
    assertStringIncludes(end.stdout, "Flaky:\n");
    assertEquals(lastLine(end.stdout), "==== 1 passed (1 flaky), 0 failed, 0 skipped");
    assertEquals(end.code, 0);
  },
);

inEachWay(
  "A task gets another attempt when its only thread was terminated",
  async (way) => {
    const body = "(_, task) => task.attempt === 1 && new Promise(() => {})";
    const policy = '{ timeout: "1s", retries: { count: 1, delay: "30ms" } }';
    const end = await run(way, `export const a = mark(${policy}, ${body});`);
    assertEquals([end.statuses, end.code], [{ a: "PASSED" }, 0], end.stderr);
  },
);

inEachWay("--fail-on-flaky exits with 1 and the reason when a task is flaky", async (way) => {
  const end = await run(way, `export const a = mark(${passesOn(2)});`, [
    "--retries=1",
    "--fail-on-flaky",
  ]);
  assertStringIncludes(end.stdout, 'Failed: "a" is flaky (--fail-on-flaky)\n');
  assertEquals([end.statuses, end.code], [{ a: "PASSED" }, 1]);
});

inEachWay(
  "--retries fails a task with the error of the last attempt when none passes",
  async (way) => {
    const end = await run(way, `export const a = mark(${passesOn(9)});`, ["--retries=2:1ms"]);
    assertStringIncludes(end.stdout, "a (3 attempts): Error: no 3");
    assertEquals([end.statuses, end.code], [{ a: "FAILED" }, 1]);
  },
);

inEachWay(
  "mark({ retries }) overrides --retries, and an attempt that times out is retried",
  async (way) => {
    const limitMs = way.isEngine ? 2_000 : 100; // there it counts from when the task is given away
    const end = await run(
      way,
      `
    export const a = mark({ retries: 0 }, ${passesOn(2)});
    export const b = mark({ timeout: ${limitMs} }, (_, task) => task.attempt === 1 ? new Promise(() => {}) : 1);
    `,
      ["--retries=1"],
    );
    assertEquals([end.statuses, end.code], [{ a: "FAILED", b: "PASSED" }, 1]);
  },
);

// Failing fast.
const SEVERAL = `
  const later = () => new Promise((resolve) => setTimeout(resolve, 200));
  export const a = mark(async () => { throw new Error("first"); });
  export const b = mark({ after: ["c"] }, () => { throw new Error("second"); });
  export const c = mark(() => later());
  export const d = mark({ after: ["c"] }, () => later());
  export const e = mark({ after: ["d"] }, () => {});
`;

inEachWay("--fail-fast cancels tasks that have not started when a task fails", async (way) => {
  const end = await run(way, SEVERAL, ["--fail-fast", "--workers=2"]);
  const { a, b, d, e } = end.statuses;
  assertEquals([a, b, d, e], ["FAILED", "CANCELLED", "CANCELLED", "CANCELLED"]);
  assertStringIncludes(end.stdout, "Cancelled, since the failure limit was reached:\n");
  assertEquals(end.code, 1);
});

inEachWay("--fail-fast=2 cancels the remaining tasks when two have failed", async (way) => {
  const end = await run(way, SEVERAL, ["--fail-fast=2", "--workers=1"]);
  assertEquals(end.statuses, {
    ...{ a: "FAILED", b: "FAILED", c: "PASSED", d: "CANCELLED", e: "CANCELLED" },
  });
  assertEquals(end.code, 1);
});

inEachWay("--fail-fast=1:kill terminates running tasks when a task fails", async (way) => {
  const end = await run(
    way,
    `
    export const a = mark(async (state) => {
      while (!state.begun) await new Promise((resolve) => setTimeout(resolve, 1));
      throw new Error("no");
    });
    export const b = mark((state) => { state.begun = true; for (;;); });
    `,
    ["--fail-fast=1:kill", "--workers=2"],
  );
  assertEquals(end.statuses, { a: "FAILED", b: "CANCELLED" });
  assertMatch(end.stderr, /thread_\d was terminated: the failure limit was reached/);
  assertEquals(end.code, 1);
});

inEachWay("--fail-fast=1:continue cancels no task when one fails", async (way) => {
  const end = await run(way, SEVERAL, ["--fail-fast=1:continue", "--workers=1"]);
  assertEquals(end.statuses, {
    ...{ a: "FAILED", b: "FAILED", c: "PASSED", d: "PASSED", e: "PASSED" },
  });
  assertEquals(end.code, 1);
});

// Several at once.
inEachWay(
  "A terminated attempt releases its mutexes and is retried",
  async (way) => {
    for (const args of way.isEngine ? [[]] : [["--isolate=worker"], ["--isolate=process"]]) {
      const end = await run(
        way,
        `
      export const setupState = (state) => { state.order = []; };
      const note = (state, task) => { state.order.push(task.name + task.attempt); };
      export const a = mark(
        { timeout: ${
          way.isEngine ? 2_000 : 500
        }, retries: { count: 1, delay: 100 }, mutex: ["m2", "m1"], priority: 1 },
        (state, task) => { note(state, task); if (task.attempt === 1) for (;;); },
      );
      export const b = mark({ mutex: "m1" }, (state, task) => note(state, task));
      export const c = mark({ mutex: "m2", retries: 1 }, (state, task) => {
        note(state, task);
        if (task.attempt === 1) throw new Error("no");
      });
      export const clean = mark({ after: ["a", "b", "c"], when: "always", weight: 9 }, (state, task) => note(state, task));
      export const teardownState = (state) => console.error("order: " + state.order.join());
      `,
        [...args, "--workers=2", "--strict", "--deadline=1m"],
      );
      const order = /order: (.*)/.exec(end.stderr)?.[1]?.split(",") ?? [];
      assertEquals([order[0], order.at(-1)], ["a1", "clean1"], end.stderr);
      assertEquals(order.slice(1, -1).sort(), ["a2", "b1", "c1", "c2"]);
      assertEquals(lastLine(end.stdout), "==== 4 passed (2 flaky), 0 failed, 0 skipped");
      assertEquals(end.code, 0);
    }
  },
);

// Deadlines.
inEachWay("--deadline cancels tasks, runs cleanup tasks and exits with 1", async (way) => {
  const end = await run(
    way,
    `
    export const a = mark(() => { for (;;); });
    export const b = mark({ after: ["a"] }, () => {});
    export const clean = mark({ after: ["a"], when: "always" }, () => {});
    export const teardownState = () => console.error("torn down");
    `,
    ["--deadline=500ms"],
  );
  assertEquals(end.statuses, { a: "CANCELLED", b: "CANCELLED", clean: "PASSED" });
  assertStringIncludes(end.stdout, "Cancelled, since the run has passed its deadline:\n");
  assertStringIncludes(end.stderr, "torn down\n");
  assertEquals(end.code, 1);
});

const BLOCK = `const block = () => {
  const endMs = performance.now() + 1_200;
  while (performance.now() < endMs);
};`;

Deno.test("--deadline fails the run when a task blocks the main thread past it", async () => {
  await using space = await TestSpace.create();
  const { code, stdout } = await space.tdrunModule(
    `${BLOCK} export const a = mark(block);`,
    ["--workers=0", "--deadline=1s"],
  );
  assertStringIncludes(stdout, "All tasks passed, although the run has passed its deadline\n");
  assertEquals([lastLine(stdout), code], ["==== 1 passed, 0 failed, 0 skipped", 1]);
});

for (const workers of [0, 1]) {
  Deno.test(`--deadline starts no task after setupState blocks, --workers=${workers}`, async () => {
    await using space = await TestSpace.create();
    const { code, stderr } = await space.tdrunModule(
      `${BLOCK} export const setupState = block; export const a = mark(() => {});`,
      [`--workers=${workers}`, "--deadline=1s"],
    );
    assertStringIncludes(stderr, "Error: setupState did not end before the deadline of the run\n");
    assertEquals([statuses(stderr), code], [{ a: "CANCELLED" }, 1]);
  });
}

// Orders.
const TEN = Array.from({ length: 10 }, (_, i) => `export const t${i} = mark(() => {});`).join("\n");

inEachWay("--shuffle prints a seed, which gives the same order again", async (way) => {
  const first = await run(way, TEN, ["--shuffle", "--workers=1"]);
  const seed = /--shuffle=(\d+)/.exec(first.stderr)?.[1];
  assert(seed !== undefined, first.stderr);
  const again = await run(way, TEN, [`--shuffle=${seed}`, "--workers=1"]);
  assertEquals(again.order, first.order);
  const [one, other] = [await run(way, TEN, ["--shuffle=1", "--workers=1"]), again];
  assert(seed === "1" || one.order.join() !== other.order.join());
});

inEachWay("--repeat=N runs N times, or until a run fails", async (way) => {
  const good = await run(way, "export const a = mark(() => {});", ["--repeat=3"]);
  for (const i of [1, 2, 3]) assertStringIncludes(good.stderr, `Run ${i} of 3\n`);
  assertEquals([good.order, good.code], [["a", "a", "a"], 0]);
  const bad = await run(
    way,
    `
    let runs = 0;
    export const setupState = (state) => { state.run = ++runs; };
    export const a = mark((state) => { if (state.run === 2) throw new Error("on the second run"); });
    `,
    ["--repeat=5"],
  );
  assertEquals([bad.order, bad.code], [["a", "a"], 1]);
  assert(!bad.stderr.includes("Run 3"));
});

inEachWay("--strict fails a task that reads a result it does not depend on", async (way) => {
  const module = `
    export const a = mark(() => 1);
    export const b = mark({ after: ["a"] }, (state) => state.results.a);
    export const c = mark({ after: ["b"] }, (state) => state.results.a + 1);
    export const d = mark((state) => { try { state.results.a; } catch {} });
  `;
  const end = await run(way, module, ["--strict", "--workers=1"]);
  assertEquals(end.statuses, { a: "PASSED", b: "PASSED", c: "PASSED", d: "FAILED" });
  assertStringIncludes(end.stdout, '"d" reads state.results.a, but does not depend on "a"');
  assertEquals((await run(way, module)).code, 0);
});

inEachWay("--strict fails a task that reads the result of an unknown task", async (way) => {
  const module = `
    export const parse = mark({ each: ["a", "b"] }, (_state, name) => name);
    export const all = mark({ after: [parse] }, (state) => [state.results.parse].length);
    export const one = mark({ after: ["parse.a"] }, (state) => [state.results.parse].length);
    export const typo = mark({ after: [parse] }, (state) => { try { state.results.prase; } catch {} });
    export const case_typo = mark({ after: [parse] }, (state) => [state.results["parse.c"]].length);
  `;
  for (const where of way.isEngine ? [[]] : [[], ["--isolate=process"], ["--workers=0"]]) {
    const end = await run(way, module, ["--strict", ...where]);
    assertEquals(end.statuses, {
      ...{ "parse.a": "PASSED", "parse.b": "PASSED", all: "PASSED", one: "FAILED" },
      ...{ typo: "FAILED", case_typo: "FAILED" },
    });
    assertStringIncludes(end.stdout, 'there is no task "prase"; did you mean "parse"?');
    assertStringIncludes(end.stdout, 'there is no task "parse.c"; did you mean "parse.a"?');
    assertStringIncludes(end.stdout, 'state.results.parse, but does not depend on "parse.b"');
  }
  assertEquals((await run(way, module)).code, 0);
});

inEachWay(
  "--strict permits checks whether a result exists and properties of every object",
  async (way) => {
    const end = await run(
      way,
      `
    export const a = mark(() => 1);
    export const b = mark({ after: ["a"] }, async ({ results }) => {
      await results;
      String(results) + JSON.stringify(results) + Deno.inspect(results) + results.constructor.name;
      return ["prase" in results, Object.hasOwn(results, "prase"), Object.keys(results)];
    });
    `,
      ["--strict"],
    );
    assertEquals([end.code, end.statuses], [0, { a: "PASSED", b: "PASSED" }], end.stdout);
  },
);

// Options of tasks.
inEachWay("mutex and weight keep tasks apart, and priority orders them", async (way) => {
  const body = `async (state, task) => {
    const others = state.running.length;
    state.running.push(task.name);
    await new Promise((resolve) => setTimeout(resolve, 20));
    state.running.splice(state.running.indexOf(task.name), 1);
    if (others > 0) throw new Error("beside " + others);
  }`;
  const end = await run(
    way,
    `
    export const setupState = (state) => { state.running = []; };
    export const m1 = mark({ mutex: "db", priority: 2 }, ${body});
    export const m2 = mark({ mutex: ["db", "disk"], priority: 2 }, ${body});
    export const m3 = mark({ mutex: "db", priority: 1 }, ${body});
    export const w1 = mark({ weight: 4, after: ["m1", "m2", "m3"] }, ${body});
    export const w2 = mark({ weight: 9, after: ["m1", "m2", "m3"] }, ${body});
    `,
    ["--workers=4"],
  );
  assertEquals(end.order.slice(0, 3), ["m1", "m2", "m3"]);
  assertEquals(end.code, 0, end.stdout);
});

inEachWay(
  'when: "failed" runs a task only after a failure, and "always" in any case',
  async (way) => {
    const tasks = `
    export const failed = mark({ after: ["a"], when: "failed" }, () => {});
    export const always = mark({ after: ["a"], when: "always" }, () => {});
    export const next = mark({ after: ["a"] }, () => {});
  `;
    const bad = await run(way, `export const a = mark(() => { throw new Error("no"); }); ${tasks}`);
    assertEquals(bad.statuses, {
      ...{ a: "FAILED", failed: "PASSED", always: "PASSED", next: "SKIPPED" },
    });
    const good = await run(way, `export const a = mark(() => {}); ${tasks}`);
    assertEquals(good.statuses, {
      ...{ a: "PASSED", failed: "SKIPPED", always: "PASSED", next: "PASSED" },
    });
    assertEquals([bad.code, good.code], [1, 0]); // what was not needed is no failure
  },
);

inEachWay("each creates a task for each case, and dependents wait for all", async (way) => {
  const end = await run(
    way,
    `
    export const build = mark({ each: ["x", "y"] }, (state, which, task) => which + task.attempt);
    export const all = mark({ after: ["build"] }, (state) => logger.info(state.results));
  `,
  );
  assertEquals([end.order.toSorted(), end.order.at(-1)], [["all", "build.x", "build.y"], "all"]);
  // In the order in which they came.
  for (const result of ['"build.x": "x1"', '"build.y": "y1"']) {
    assertStringIncludes(end.stderr, result);
  }
  assertEquals(end.code, 0, end.stdout);
});

// Hooks: what was set up is torn down, whatever happened.
const HOOKS = `
  export const setupState = (state) => { state.made = "made"; };
  export const setupWorker = () => { console.error("worker up"); };
  export const teardownWorker = () => { console.error("worker down"); };
  export const teardownState = (state) => { console.error("state down: " + state.made); };
`;
const BODIES: Readonly<Record<string, string>> = {
  "a task passes": "() => {}",
  "a task fails": "() => { throw new Error('no'); }",
  "a task calls Deno.exit": "() => { Deno.exit(0); }",
  "a result cannot be shared": "() => () => {}",
};
for (const [what, body] of Object.entries(BODIES)) {
  inEachWay(`teardownWorker and teardownState are called once each when ${what}`, async (way) => {
    const { stderr } = await run(way, `${HOOKS} export const a = mark(${body});`, ["--workers=1"]);
    for (const text of ["worker up", "worker down", "state down: made"]) {
      assertEquals(stderr.split(text).length, 2, stderr);
    }
    assert(stderr.indexOf("worker down") < stderr.indexOf("state down"), stderr);
  });
}

inEachWay("teardownWorker and teardownState are called after Ctrl-C", async (way) => {
  await using space = await way.space();
  await space.module(
    "module.ts",
    `${HOOKS} export const a = mark((_, task) => new Promise((resolve) => {
       task.signal.addEventListener("abort", resolve);
       task.log.info("a has begun");
     }));`,
  );
  const run = space.start(["module.ts", "--workers=1"]);
  await run.waitFor("a has begun");
  run.kill("SIGINT");
  const { code, stderr } = await run.ended;
  assertMatch(stderr, /worker down\n(.*\n)*state down: made\n/);
  assertEquals(code, 130);
});

inEachWay(
  "teardownState is called with the partial state when setupState throws",
  async (way) => {
    const end = await run(
      way,
      `
    export const setupState = (state) => { state.made = "half"; throw new Error("not ready"); };
    export const teardownState = (state) => { console.error("state down: " + state.made); };
    export const a = mark(() => {});
  `,
    );
    assertStringIncludes(end.stderr, "state down: half\n");
    assertMatch(end.stderr, /^Error: setupState failed: Error: not ready \(module\.ts:\d+:\d+\)$/m);
    assertEquals([end.code, end.stdout], [2, ""]);
  },
);

inEachWay("teardownWorker fails the run when it throws", async (way) => {
  const end = await run(
    way,
    `
    export const teardownWorker = () => { throw new Error("cannot clean"); };
    export const a = mark(() => {});
  `,
  );
  assertMatch(
    end.stdout,
    /thread_0: Error: teardownWorker failed: cannot clean\n {4}in teardownWorker\n/,
  );
  assertEquals([end.statuses, end.code], [{ a: "PASSED" }, 1]);
});

// The same in a scheduler.
for (const mode of ["import", "inline"]) {
  Deno.test(`Scheduler applies retries, limits, strict and shuffle in mode ${mode}`, async () => {
    await using space = await TestSpace.create();
    const end = await space.script(`
      const options = { mode: "${mode}", workers: 1, skipDependents: true };
      const retried = new Scheduler({ ...options, retries: 1 });
      retried.register((task) => { if (task.attempt === 1) throw new Error("no"); }, "a");
      retried.register(() => { throw new Error("no"); }, "b", { retries: 0 });
      const late = new Scheduler({ ...options, timeout: 100 });
      late.register(() => new Promise(() => {}), "a");
      late.register(() => 1, "b", { after: ["a"] });
      late.register(() => 1, "c", { after: ["a"], when: "always" });
      const fast = new Scheduler({ ...options, failFast: true });
      fast.register(() => { throw new Error("no"); }, "a");
      fast.register(() => 1, "b");
      const dead = new Scheduler({ ...options, deadline: 150 });
      dead.register((task) => new Promise((_, reject) =>
        task.signal.addEventListener("abort", () => reject(task.signal.reason))), "a");
      const strict = new Scheduler({ ...options, strict: true });
      strict.register(() => 1, "a");
      strict.register((state) => state.results.a, "b", { withState: true });
      const shuffled = [1, 1, 2].map((shuffle) => {
        const s = new Scheduler({ ...options, shuffle });
        for (const name of "abcdefgh") s.register(() => 1, name);
        return s;
      });
      if (import.meta.main) {
        const ends = [];
        for (const s of [retried, late, fast, dead, strict]) {
          const { passed, failed, skipped, cancelled, flaky, ok } = await s.start();
          ends.push({ passed, failed, skipped, cancelled, flaky, ok });
        }
        const orders = [];
        for (const s of shuffled) {
          const order = [];
          s.onTaskRun((name) => order.push(name));
          await s.start();
          orders.push(order.join(""));
        }
        console.log(JSON.stringify({ ends, orders }));
      }
    `);
    const { ends, orders } = printed(end);
    const [retried, late, fast, dead, strict] = ends;
    assertEquals([retried.passed, retried.failed], [["a"], ["b"]]);
    assertEquals([late.failed, late.skipped, late.passed], [["a"], ["b"], ["c"]]);
    assertEquals([fast.failed, fast.cancelled, fast.ok], [["a"], ["b"], false]);
    assertEquals([dead.cancelled, dead.ok], [["a"], false]);
    assertEquals([strict.passed, strict.failed], [["a"], ["b"]]);
    assertEquals(orders[0], orders[1]);
    assert(orders[0] !== orders[2]);
    assertEquals(end.code, 0);
  });
}

const REFUSED: Readonly<Record<string, RegExp>> = {
  "new Scheduler({ reporter: [] })":
    /TypeError: Cannot create a scheduler with "reporter": .*did you mean "reporters"\?/,
  'new Scheduler().register(() => {}, "a", { afer: [] })':
    /TypeError: Cannot register a task with "afer": .*did you mean "after"\?/,
  'new Scheduler({ timeout: "soon" })': /RangeError: Cannot use the timeout "soon"/,
  "new Scheduler({ retries: -1 })": /RangeError: Cannot use retries -1/,
  "new Scheduler({ failFast: 0 })": /RangeError: Cannot fail fast after 0/,
  "new Scheduler({ deadline: 0 })": /RangeError: Cannot use the deadline 0/,
  "new Scheduler({ shuffle: 0.5 })": /RangeError: Cannot shuffle by 0\.5/,
  'new Scheduler().register(() => {}, "a", { when: "never" })': /expected "passed"/,
};
Deno.test("Scheduler throws when an option is unknown or invalid", async () => {
  await using space = await TestSpace.create();
  const tries = Object.keys(REFUSED).map((code) => `() => ${code}`).join(",\n");
  const end = await space.script(`
    const messages = [${tries}].map((attempt) => {
      try { attempt(); return "nothing"; } catch (error) { return error.name + ": " + error.message; }
    });
    console.log(JSON.stringify(messages));
  `);
  for (const [i, message] of Object.values(REFUSED).entries()) {
    assertMatch(printed(end)[i], message);
  }
});
