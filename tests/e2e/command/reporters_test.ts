/** Reports of real runs: their files, their agreement, and failures to write them. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { Parser } from "tap-parser";
import type { RunEvent } from "../../../src/events/run_event.ts";
import { summaryText } from "../../../src/events/summary.ts";
import { bash, lastLine, TestSpace } from "../../support/command.ts";
import { assertLine } from "../../support/event_schema.ts";
import { assertJunit, elementsOf, parseXml } from "../../support/junit_schema.ts";
import { inEachWay } from "../../support/in_every_way.ts";
import { viewOf } from "../../support/view_of.ts";

/** A run with every kind of event that does not end it early. */
const EVENTFUL = `
  console.log("the module prints");
  export function setupState() { console.log("setupState prints"); }
  export const a = mark((state, task) => {
    console.log("a prints");
    console.error("a prints an error");
    task.log.warn("a warns");
  });
  export const b = mark({ after: ["a"] }, () => {
    const members = [new TypeError("one"), "two"];
    throw new AggregateError(members, "b broke\\nin two lines", { cause: new Error("root") });
  });
  export const c = mark({ after: ["b"] }, () => 1);
  export const d = mark({ after: ["a"] }, () => {
    Promise.reject(new Error("left behind"));
    return new Promise((resolve) => setTimeout(resolve, 1));
  });
`;
const PASSING = `export const a = mark(() => { console.log("a prints"); });`;

const read = (space: TestSpace, name: string) => Deno.readTextFile(`${space.folder}/${name}`);

function parse(text: string): RunEvent[] {
  assert(text.endsWith("\n"), "the last line is whole");
  const lines = text.slice(0, -1).split("\n");
  lines.forEach(assertLine);
  return lines.map((line) => JSON.parse(line));
}

inEachWay(
  "--reporter=json prints events of the schema that yield the same summary",
  async (way) => {
    await using space = await way.space();
    const { code, stdout, stderr } = await space.tdrunModule(EVENTFUL, ["--reporter=json"]);
    const events = parse(stdout);
    const types = new Set(events.map(({ type }) => type));
    assert(types.has("stray-error") && types.has("task-output"), [...types].join());
    assertEquals(summaryText(viewOf(events)), lastLineWhole(stderr));
    assertEquals(code, 1);
  },
);

function lastLineWhole(text: string): string {
  return text.trimEnd().split("\n").at(-1)!;
}

Deno.test("--reporter=json prints only events to stdout when the module prints too", async () => {
  await using space = await TestSpace.create();
  for (const workers of ["--workers=0", "--workers=2"]) {
    const { stdout, stderr } = await space.tdrunModule(EVENTFUL, ["--reporter=json", workers]);
    parse(stdout);
    assertStringIncludes(stderr, "the module prints\nsetupState prints\n");
  }
});

Deno.test("--reporter=json prints each event at once during the run", async () => {
  await using space = await TestSpace.create();
  // The task waits for a file that the reader makes when it sees that the task has started.
  await space.module(
    "module.ts",
    `export const waits = mark(async () => {
      for (;;) {
        if (await Deno.stat("seen").then(() => true, () => false)) return;
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    });`,
  );
  const { code, stdout } = await bash(
    `set -o pipefail; "$@" | while read -r line; do
       case "$line" in *'"task-started"'*) touch seen;; esac; echo "$line"; done`,
    ["module.ts", "--reporter=json"],
    { folder: space.folder },
  );
  assertEquals(viewOf(parse(stdout)).counts.passed, 1);
  assertEquals(code, 0);
});

inEachWay(
  "--reporter writes complete json, junit and tap reports when interrupted",
  async (way) => {
    await using space = await way.space();
    await space.module(
      "module.ts",
      `export const long = mark((_state, task) => new Promise((resolve) => {
      task.signal.addEventListener("abort", () => resolve(1));
      task.log.info("under way");
    }));
    export const next = mark({ after: ["long"] }, () => 1);`,
    );
    const files = ["json=run.ndjson", "junit=run.xml", "tap=run.tap"].map((it) =>
      `--reporter=${it}`
    );
    const running = space.start(["module.ts", "--reporter=lines", ...files]);
    await running.waitFor("under way");
    running.kill("SIGINT");
    assertEquals((await running.ended).code, 130);
    const view = viewOf(parse(await read(space, "run.ndjson")));
    assertEquals([view.cancelled, view.counts.cancelled > 0], ["interrupted", true]);
    assertStringIncludes(await read(space, "run.tap"), "\nBail out! the run was interrupted\n");
    const xml = await read(space, "run.xml");
    assertJunit(xml);
    assertEquals(elementsOf(parseXml(xml), "error").map(({ attributes }) => attributes.type), [
      "interrupted",
    ]);
  },
);

inEachWay("--reporter=json, junit and tap report a retry and a lost worker", async (way) => {
  await using space = await way.space();
  const { code, stdout } = await space.tdrunModule(
    `export const flaky = mark({ retries: 1 }, (_state, task) => {
      if (task.attempt === 1) throw new Error("not yet");
    });
    export const busy = mark({ timeout: 100 }, () => { for (;;); });`,
    ["--reporter=json", "--reporter=junit=run.xml", "--reporter=tap=run.tap"],
  );
  const events = parse(stdout);
  const types = new Set(events.map(({ type }) => type));
  assert(types.has("task-retried") && types.has("worker-lost"), [...types].join());
  const xml = await read(space, "run.xml");
  assertJunit(xml);
  const [first, last] = elementsOf(parseXml(xml), "system-err").map(({ text }) => text);
  assertStringIncludes(first!, "attempt 1 failed: Error: not yet\n");
  assertMatch(last!, /^thread_\d: .*"busy"/);
  assertMatch(await read(space, "run.tap"), /^ok \d - flaky\n( {2}.*\n)* {2}attempts: 2\n/m);
  assertEquals(code, 1);
});

Deno.test("--reporter=lines, dot and github write no control characters to files", async () => {
  await using space = await TestSpace.create();
  const names = ["lines", "dot", "github"];
  const { code } = await space.tdrunModule(
    `export const a = mark((state, task) => {
       task.log.warn("\\x1b[31mlogged\\x1b[0m\\rover");
       console.log("\\x1b[2Jprinted\\x1b]0;a title\\x07");
     });`,
    names.map((it) => `--reporter=${it}=${it}.txt`),
  );
  assertEquals(code, 0);
  for (const name of names) {
    const text = await read(space, `${name}.txt`);
    assertMatch(text, /\bprinted$/m);
    assertMatch(text, /\bloggedover$/m);
    // deno-lint-ignore no-control-regex -- these are looked for
    assert(!/[\x00-\x08\x0b-\x1f\x7f-\x9f]/.test(text), name);
  }
});

inEachWay(
  "--reporter writes reports to stdout, stderr and files that agree",
  async (way) => {
    await using space = await way.space();
    const files = [
      "json=out/run.ndjson",
      "junit=out/deep/run.xml",
      "lines=run.txt",
      "dot=run.dots",
    ];
    const { code, stdout, stderr } = await space.tdrunModule(EVENTFUL, [
      "--reporter=tap",
      "--reporter=lines",
      ...files.map((it) => `--reporter=${it}`),
      "--workers=2",
    ]);
    assertEquals(code, 1);
    const { counts, strayErrors } = viewOf(parse(await read(space, "out/run.ndjson")));
    assertEquals([counts.passed, counts.failed, counts.skipped, strayErrors.length], [2, 1, 1, 1]);
    const parser = new Parser({ strict: true });
    parser.end(stdout);
    const { ok, pass, fail, skip } = parser.results!;
    assertEquals([ok, pass, fail, skip], [false, 3, 2, 1]);
    const xml = await read(space, "out/deep/run.xml");
    assertJunit(xml);
    const [suite] = elementsOf(parseXml(xml), "testsuite");
    const { name, tests, failures, errors, skipped } = suite!.attributes;
    assertEquals([name, tests, failures, errors, skipped], ["module", "5", "1", "1", "1"]);
    const lines = await read(space, "run.txt");
    assertMatch(lines, /\[thread_\d\] a \.+ PASSED/);
    assertMatch(lines, /^\[thread_\d\] a: a prints$/m);
    assert(!`${lines}${stdout}`.includes("\x1b"));
    assertMatch(await read(space, "run.dots"), /[.Fs]+\n$/);
    assertMatch(stderr, /\[thread_\d\] a \.+ PASSED/);
  },
);

Deno.test("--reporter=dot prints signs to stderr, and recap and summary to stdout", async () => {
  await using space = await TestSpace.create();
  const { stdout, stderr } = await space.tdrunModule(EVENTFUL, [
    "--reporter=dot",
    "--output=none",
    "--workers=1",
  ]);
  assertEquals(stderr.replace(/^\S+ \S+ .*\n/gm, ""), ".Fs.\n");
  assertStringIncludes(stdout, "Failed:\n  b: AggregateError: b broke\n");
  assertEquals(lastLine(stdout), "==== 2 passed, 1 failed, 1 skipped, 1 stray error");
});

Deno.test("--reporter=github writes annotations, a quoted recap and the job summary", async () => {
  await using space = await TestSpace.create();
  await space.file("page.md", "before\n");
  await space.module(
    "src.ts",
    `export const b = mark(() => { throw new Error("no\\n::add-mask::x"); });`,
  );
  const env = { GITHUB_WORKSPACE: space.folder, GITHUB_STEP_SUMMARY: `${space.folder}/page.md` };
  const { code, stdout, stderr } = await space.tdrun(["src.ts", "--reporter=github"], env);
  assertEquals(code, 1);
  assertMatch(stderr, /^::error file=src\.ts,line=2,col=\d+,title=b failed::Error: no%0A/m);
  assertMatch(
    await read(space, "page.md"),
    /^before\n### tdrun: 0 passed, 1 failed.*\n[^]*\| b \|/,
  );
  const [, token] = /^::stop-commands::(.+)$/m.exec(stdout)!;
  const [before, after] = stdout.split(`::${token}::\n`);
  assertStringIncludes(before!, "::add-mask::x");
  assertMatch(after!, /^==== 0 passed/m);
});

Deno.test("--reporter=github exits 70 when the job summary cannot be written", async () => {
  await using space = await TestSpace.create();
  await space.module("module.ts", PASSING);
  const env = { GITHUB_STEP_SUMMARY: space.folder };
  const { code, stderr } = await space.tdrun(["module.ts", "--reporter=github"], env);
  const line = `Error: a reporter failed: Cannot write the job summary to "${space.folder}": `;
  assertStringIncludes(stderr, line);
  assertEquals(code, 70);
});

Deno.test("--reporter=github prints only the summary to stdout when all tasks pass", async () => {
  await using space = await TestSpace.create();
  const { stdout } = await space.tdrunModule(PASSING, ["--reporter=github"]);
  assertMatch(stdout, /^==== 1 passed.*\n$/);
});

Deno.test("--reporter=junit exits 2 before the run when its file cannot be opened", async () => {
  await using space = await TestSpace.create();
  await space.file("file", "");
  await Deno.mkdir(`${space.folder}/folder`);
  for (const path of ["file/run.xml", "folder"]) {
    const { code, stdout, stderr } = await space.tdrunModule(
      `export function setupState() { console.log("setupState ran"); }\n${PASSING}`,
      [`--reporter=junit=${path}`],
    );
    assertMatch(
      stderr,
      new RegExp(`^Error: Cannot write the junit report to "${path}": [^\\n]+\\n$`),
    );
    assertEquals([code, stdout], [2, ""]);
  }
});

Deno.test("--reporter=junit empties an existing report before the run", async () => {
  await using space = await TestSpace.create();
  await space.file("run.xml", "<yesterday/>");
  const { stdout } = await space.tdrunModule(
    `export const a = mark(async () => { console.log(await Deno.readTextFile("run.xml") === ""); });`,
    ["--reporter=junit=run.xml"],
  );
  assertMatch(stdout, /^\[thread_0\] a: true$/m);
  assertStringIncludes(await read(space, "run.xml"), "<testsuites");
});

const hasFullDevice = await Deno.stat("/dev/full").then(() => true, () => false);

for (const name of ["json", "junit", "tap", "lines"]) {
  Deno.test({
    name: `--reporter=${name} exits 70 after the run when the disk is full`,
    ignore: !hasFullDevice,
    async fn() {
      await using space = await TestSpace.create();
      const reporters = [`--reporter=${name}=/dev/full`, "--reporter=json=good.ndjson"];
      const { code, stdout, stderr } = await space.tdrunModule(PASSING, reporters);
      const message = `Cannot write the ${name} report to "/dev/full": No space left on device`;
      assertStringIncludes(stderr, message);
      assertEquals(stderr.split(message).length, 2, "it is named once");
      assertEquals(lastLine(stdout), "==== 1 passed, 0 failed, 0 skipped");
      assertEquals(viewOf(parse(await read(space, "good.ndjson"))).counts.passed, 1);
      assertEquals(code, 70);
    },
  });
}

Deno.test({
  name: "--reporter=json exits 1 when a task failed and the disk is full",
  ignore: !hasFullDevice,
  async fn() {
    await using space = await TestSpace.create();
    const failing = `export const a = mark(() => { throw new Error("no"); });`;
    const { code } = await space.tdrunModule(failing, ["--reporter=json=/dev/full"]);
    assertEquals(code, 1);
  },
});

Deno.test({
  name: "--reporter=json exits 70 when standard output is full",
  ignore: !hasFullDevice,
  async fn() {
    await using space = await TestSpace.create();
    await space.module("module.ts", PASSING);
    const args = ["module.ts", "--reporter=json"];
    const { code, stderr } = await bash(`"$@" >/dev/full`, args, { folder: space.folder });
    assertStringIncludes(stderr, "Cannot write the json report to standard output: ");
    assertEquals(lastLine(stderr), "==== 1 passed, 0 failed, 0 skipped");
    assertEquals(code, 70);
  },
});

Deno.test("--reporter=json and tap keep the exit code when stdout's reader exits", async () => {
  await using space = await TestSpace.create();
  const many = `for (let i = 0; i < 1000; i++) console.log("x".repeat(200));`;
  await space.module("module.ts", `export const a = mark(() => { ${many} });`);
  for (const name of ["json", "tap"]) {
    const { code, stdout, stderr } = await bash(
      `set -o pipefail; "$@" | head -n 1`,
      ["module.ts", `--reporter=${name}`, "--reporter=json=all.ndjson"],
      { folder: space.folder },
    );
    assertEquals(stdout.trimEnd().split("\n").length, 1);
    assertEquals(lastLine(stderr), "==== 1 passed, 0 failed, 0 skipped");
    assertEquals(viewOf(parse(await read(space, "all.ndjson"))).counts.passed, 1);
    assertEquals(code, 0);
  }
});

/** Assertions that a report has the reason why a run could not start. */
const REASON_CHECKS: Readonly<Record<string, (text: string) => void>> = {
  junit(text) {
    assertJunit(text);
    const [one] = elementsOf(parseXml(text), "testcase");
    assertEquals(one!.attributes.file, "module.ts");
    assertStringIncludes(one!.text, "no database");
  },
  json(text) {
    const types = parse(text).map(({ type }) => type);
    assertEquals(types, ["run-started", "stray-error", "run-finished"]);
    assertStringIncludes(text, "no database");
  },
  tap: (text) => assertMatch(text, /^not ok 1 - .*\n(.*\n)*.*no database/m),
  html: (text) => assertStringIncludes(text, "no database"),
  trace: (text) => assertStringIncludes(JSON.stringify(JSON.parse(text)), "no database"),
  lines: (text) => assertStringIncludes(text, "no database"),
};
const FILES = Object.keys(REASON_CHECKS).map((name) => `--reporter=${name}=${name}.out`);

for (
  const [when, module, code] of [
    [
      "setupState throws",
      `export const setupState = () => { throw new Error("no database"); };`,
      2,
    ],
    ["the module throws", `throw new Error("no database");`, 2],
    [
      "addLoggingHighlights throws",
      "export const addLoggingHighlights = () => {" +
      ` throw new Error("no database"); };`,
      2,
    ],
    [
      "a dependency is unknown",
      `export const b = mark({ after: ["no database"] }, () => {});`,
      2,
    ],
  ] as const
) {
  Deno.test(`--reporter writes the reason to every report when ${when}`, async () => {
    await using space = await TestSpace.create();
    const args = ["--isolate=worker", ...FILES];
    const ended = await space.tdrunModule(`${PASSING}\n${module}`, args);
    for (const [name, check] of Object.entries(REASON_CHECKS)) {
      check(await read(space, `${name}.out`));
    }
    assertEquals([ended.code, ended.stdout], [code, ""], ended.stderr);
  });
}

Deno.test("--reporter=junit writes the reason when nothing runs or a report fails", async () => {
  await using space = await TestSpace.create();
  await Deno.mkdir(`${space.folder}/taken`);
  for (
    const [arg, why, code] of [
      ["--exclude=*", "every task is excluded", 4],
      ["--reporter=json=taken", "Cannot write the json report", 2],
    ] as const
  ) {
    const ended = await space.tdrunModule(PASSING, ["--reporter=junit=o.xml", arg]);
    const xml = await read(space, "o.xml");
    assertJunit(xml);
    assertStringIncludes(xml, why);
    assertEquals(ended.code, code);
  }
});

Deno.test("--reporter=json writes an error without a stack when loading times out", async () => {
  await using space = await TestSpace.create();
  const { code } = await space.tdrunModule(
    `${PASSING}\nawait new Promise((resolve) => setTimeout(resolve, 60_000));`,
    ["--deadline=300ms", "--reporter=json=o.ndjson"],
  );
  const [, stray] = parse(await read(space, "o.ndjson"));
  assert(stray?.type === "stray-error");
  const message = 'Cannot load module "module.ts": its top level did not end before the deadline';
  assertEquals([code, stray.error], [1, { type: "DeadlineError", message }]);
});

Deno.test("--reporter=junit writes the reason when setupState throws in a repetition", async () => {
  await using space = await TestSpace.create();
  const ended = await space.tdrunModule(
    `let runs = 0;
    export const setupState = () => { if (runs++ > 0) throw new Error("no database"); };
    ${PASSING}`,
    ["--repeat=2", "--reporter=junit=o.xml"],
  );
  assertStringIncludes(await read(space, "o.xml"), "no database");
  assertEquals(ended.code, 2);
});

Deno.test("--reporter=junit writes the module's path relative to the current folder", async () => {
  await using space = await TestSpace.create();
  await Deno.mkdir(`${space.folder}/a b`);
  await space.module("a b/module.ts", PASSING);
  await space.tdrun(["a b/module.ts", "--reporter=junit=o.xml"]);
  const [one] = elementsOf(parseXml(await read(space, "o.xml")), "testcase");
  assertEquals(one!.attributes, {
    ...{ name: "a", classname: "module", file: "a b/module.ts" },
    time: one!.attributes.time!,
  });
});
