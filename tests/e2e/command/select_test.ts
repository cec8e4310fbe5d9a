/** Selection: names, globs, tags, dependencies, dependents, mocked results. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { lastLine, order, statuses, TestSpace } from "../../support/command.ts";

const TAGGED = `
  export const a = mark({ tags: "red,warm" }, () => {});
  export const b = mark({ after: ["a"], tags: ["red"] }, () => {});
  export const c = mark({ after: ["b"], tags: ["red", "warm"] }, () => {});
  export const d = mark({ after: ["c"] }, () => {});
`;

Deno.test("--tags selects the tasks that have all the tags", async () => {
  await using space = await TestSpace.create();
  await space.module("module.ts", TAGGED);
  const one = await space.tdrun(["module.ts", "--tags=red"]);
  assertEquals(order(one.stderr), ["a", "b", "c"]);
  const both = await space.tdrun(["module.ts", "--tags", "warm, red"]);
  assertEquals(order(both.stderr), ["a", "c"]);
  assertEquals(lastLine(both.stdout), "==== 2 passed, 0 failed, 0 skipped");
  assertEquals([one.code, both.code], [0, 0]);
});

Deno.test("--tags accepts an expression, and prints a note when no task has a tag", async () => {
  await using space = await TestSpace.create();
  await space.module("module.ts", TAGGED);
  const { code, stderr } = await space.tdrun(["module.ts", "--tags", "red and not (warm or wram)"]);
  assertEquals(order(stderr), ["b"]);
  assertEquals(
    stderr.split("\n")[0],
    'Note: no task has the tag "wram"; did you mean "warm"?',
  );
  assertEquals(code, 0);
});

const STEPS = `
  export const setup = mark(() => {});
  export const build_a = mark({ after: ["setup"] }, () => {});
  export const build_b = mark({ after: ["setup"] }, () => {});
  export const check = mark({ after: ["build_a"] }, () => {});
  export const deploy = mark({ after: ["check", "build_b"] }, () => {});
`;

const selections: [args: string[], tasks: string[]][] = [
  [["module.ts::deploy::setup"], ["setup", "deploy"]],
  [["module.ts::build_*", "::deploy"], ["build_a", "build_b", "deploy"]],
  [["module.ts", "--exclude=build_*", "--exclude", "check"], ["setup", "deploy"]],
  [["module.ts::check", "--with-deps"], ["setup", "build_a", "check"]],
  [["module.ts::build_a", "--dependents"], ["build_a", "check", "deploy"]],
  [["module.ts::check", "--with-deps", "--dependents"], ["setup", "build_a", "check", "deploy"]],
  [
    ["module.ts::deploy", "--with-deps", "--result-check=x"],
    ["setup", "build_b", "deploy"],
  ],
];
for (const [args, tasks] of selections) {
  Deno.test(`tdrun ${args.join(" ")} runs ${tasks.join(", ")}`, async () => {
    await using space = await TestSpace.create();
    await space.module("module.ts", STEPS);
    const { code, stderr } = await space.tdrun([...args, "--workers=1"]);
    assertEquals(order(stderr), tasks);
    assertEquals(code, 0);
  });
}

const SERVICE = `
  export const start = mark(() => {});
  export const smoke = mark({ after: [start], tags: "smoke" }, () => { throw new Error("no"); });
  export const soak = mark({ after: [start] }, () => {});
  export const stop = mark({ after: [smoke, soak], when: "always" }, () => {});
`;

for (const isolate of ["worker", "process", "inline"]) {
  Deno.test(`--with-deps and --rerun-failed select the "always" task (${isolate})`, async () => {
    await using space = await TestSpace.create();
    await space.module("module.ts", SERVICE);
    const args = ["module.ts", "--tags=smoke", "--with-deps", `--isolate=${isolate}`];
    const all = { start: "PASSED", smoke: "FAILED", stop: "PASSED" };
    const first = await space.tdrun(args);
    assertEquals([first.code, statuses(first.stderr)], [1, all], first.stderr);
    const { start: _, ...left } = all;
    const again = await space.tdrun([...args, "--rerun-failed"]);
    assertEquals([again.code, statuses(again.stderr)], [1, left], again.stderr);
  });
}

const SUM = `
  export const one = mark(() => { throw new Error("must not run"); });
  export const two = mark(() => { throw new Error("must not run"); });
  export const sum = mark({ after: [one, two] }, (state) => {
    logger.info("seen:", JSON.stringify(state.results));
  });
  export const last = mark({ after: [sum] }, () => {});
`;

Deno.test("module::task runs only that task, without its dependencies", async () => {
  await using space = await TestSpace.create();
  await space.module("module.ts", SUM);
  const { code, stderr } = await space.tdrun(["module.ts::sum"]);
  assertEquals(statuses(stderr), { sum: "PASSED" });
  assertStringIncludes(stderr, "seen: {}");
  assertStringIncludes(stderr, " collected 1 task\n");
  assertEquals(code, 0);
});

Deno.test("--result-NAME mocks a result as text with =, and as JSON with :=", async () => {
  await using space = await TestSpace.create();
  await space.module("module.ts", SUM);
  const mocks = ["--result-one=1", '--result-two:={"deep":[1,null]}'];
  const { code, stderr } = await space.tdrun(["module.ts::sum", ...mocks]);
  assertStringIncludes(stderr, 'seen: {"one":"1","two":{"deep":[1,null]}}');
  assertEquals(statuses(stderr), { sum: "PASSED" });
  assertEquals(code, 0);
});

Deno.test("--result-NAME does not run the mocked task, and the header counts it", async () => {
  await using space = await TestSpace.create();
  await space.module("module.ts", SUM);
  const mocks = ["--result-one:=1", "--result-two:=2"];
  const { code, stdout, stderr } = await space.tdrun(["module.ts", ...mocks]);
  assertEquals(statuses(stderr), { sum: "PASSED", last: "PASSED" });
  assertStringIncludes(stderr, 'seen: {"one":1,"two":2}');
  assertStringIncludes(stderr, "collected 4 tasks, 2 mocked (one, two)\n");
  assertEquals(lastLine(stdout), "==== 2 passed, 0 failed, 0 skipped");
  assertEquals(code, 0);
});

Deno.test("@mark() names a task after its static method, with its class as this", async () => {
  await using space = await TestSpace.create();
  const { code, stderr } = await space.tdrunModule(`
    export class Steps {
      static word = "hello";
      @mark() static first() { return this.word; }
      @mark({ after: ["first"] }) static second(state) { logger.info("first said", state.results.first); }
    }
    export const third = dmark({ after: [Steps.second] }, (task) => logger.info("I am", task.name));
  `);
  assertEquals(order(stderr), ["first", "second", "third"]);
  assertStringIncludes(stderr, "first said hello\n");
  assertStringIncludes(stderr, "I am third\n");
  assertEquals(code, 0);
});

Deno.test("when: failed does not run a task when its dependencies are mocked", async () => {
  await using space = await TestSpace.create();
  await space.module(
    "module.ts",
    `export const deploy = mark(() => { throw new Error("not mocked"); });
     export const rollback = mark({ after: ["deploy"], when: "failed" }, () => {});
     export const other = mark(() => {});`,
  );
  const { code, stderr } = await space.tdrun(["module.ts", "--result-deploy=done"]);
  assertStringIncludes(
    stderr,
    "Note: rollback does not run: its dependencies are mocked, so none has failed\n",
  );
  assertEquals([statuses(stderr), code], [{ other: "PASSED" }, 0]);
  const named = await space.tdrun(["module.ts::rollback", "--result-deploy=done"]);
  assertEquals([statuses(named.stderr), named.code], [{ rollback: "PASSED" }, 0]);
});

const AGGREGATE = `
  export const dep = mark(() => [1, 2]);
  export const parse = mark({ each: ["a", "b"] }, (_state, name) => [name]);
  export const agg = mark({ after: [dep], tags: "agg" }, (state) => [...state.results.dep]);
  export const cases = mark({ after: [parse] }, (state) => state.results["parse.b"].length);
  export const reads_none = mark({ after: [dep] }, () => { throw new Error("for itself"); });
  export const retried = mark({ after: [dep], retries: 1 }, (state, task) => {
    if (task.attempt === 1) return state.results.dep.length;
    throw new Error("for itself");
  });
  export const undeclared = mark((state) => state.results.dep.length);
`;

const HINT = 'hint: "dep" was not selected, and has no result; --with-deps selects it\n';

for (const isolate of ["worker", "process", "inline"]) {
  Deno.test(`tdrun prints a hint when a task read an unselected result (${isolate})`, async () => {
    await using space = await TestSpace.create();
    await space.module("module.ts", AGGREGATE);
    const run = (...args: string[]) => space.tdrun([...args, `--isolate=${isolate}`]);
    const tagged = await run("module.ts", "--tags=agg");
    assertEquals([tagged.code, statuses(tagged.stderr)], [1, { agg: "FAILED" }], tagged.stderr);
    assertStringIncludes(tagged.stdout, HINT);
    const named = await run("module.ts::agg::reads_none::retried::undeclared");
    assertEquals(named.stdout.split(HINT).length, 2, named.stdout);
    // Failures are in the order in which the tasks finished.
    const own = named.stdout.split(/\n {2}(?=\w)/).find((part) => part.startsWith("agg:"));
    assertStringIncludes(`${own}\n`, HINT);
    assertStringIncludes(
      (await run("module.ts::cases")).stdout,
      'hint: "parse.b" was not selected, and has no result; --with-deps selects it\n',
    );
  });
}

for (
  const args of [
    ["module.ts::agg", "--result-dep:=5"],
    ["module.ts::agg", "--exclude=dep"],
    ["module.ts", "--exclude=dep"],
    ["module.ts::agg", "--with-deps", "--exclude=dep"],
  ]
) {
  Deno.test(`tdrun prints no hint when --with-deps would not help: ${args.join(" ")}`, async () => {
    await using space = await TestSpace.create();
    await space.module("module.ts", AGGREGATE);
    const { code, stdout } = await space.tdrun(args);
    assertEquals([code, stdout.includes("hint:")], [1, false], stdout);
  });
}
