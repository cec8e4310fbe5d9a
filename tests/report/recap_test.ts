import { assertEquals, assertStringIncludes } from "@std/assert";
import { EventStream } from "../../src/events/event_stream.ts";
import type { RunFact } from "../../src/events/run_event.ts";
import { applyEvent, emptyView } from "../../src/events/run_view.ts";
import { FailedOutput } from "../../src/report/text/failed_output.ts";
import { recap } from "../../src/report/text/recap.ts";
import { colorStyle, plainStyle } from "../../src/report/style.ts";
import type { ErrorRecord } from "../../src/base/error_record.ts";
import type { ErrorContext } from "../../src/report/text/format_error.ts";
import type { TaskId } from "../../src/task/task.ts";
import { assertGolden } from "../support/golden.ts";
import { CANCELLED_FACTS, SAMPLE_FACTS, sampleEvents } from "../support/sample_run.ts";
import { viewOf } from "../support/view_of.ts";

const id = (number: number) => number as TaskId;

const info = (name: string, ...after: TaskId[]) => ({ name, after, tags: [] });

/** The start of a run of a -> b -> c and d. */
const STARTED: RunFact & { readonly type: "run-started" } = {
  type: "run-started",
  tasks: [info("a"), info("b", id(0)), info("c", id(1)), info("d")],
  workers: 2,
  startedAt: "2026-11-23T20:56:47.573Z",
  mocked: [],
};

/** The recap of a run of a -> b -> c and d. */
function recapOf(...facts: RunFact[]): string[] {
  const view = emptyView();
  const stream = new EventStream([{ report: (event) => applyEvent(view, event) }]);
  stream.emit(STARTED, 0);
  for (const fact of facts) stream.emit(fact, 0);
  assertEquals(stream.failures, []);
  return recap(view, plainStyle);
}

Deno.test("recap() shortens source lines to the width of the terminal", () => {
  const source = `  const value = mark(() => { ${"before(); ".repeat(9)}throw bad; ${
    "after(); ".repeat(9)
  }});`;
  const column = source.indexOf("throw") + 1;
  for (const columns of [40, 60, 80, 300, undefined]) {
    const stack = `Error: no\n    at file:///p/a.ts:12:${column}`;
    const cause = { type: "Error", message: "deep", stack: stack.replace(":12:", ":13:") };
    const places = { sourceLine: () => source, columns };
    const excerpts = failure({ stack, cause }, places).filter((line) => /\d? \|/.test(line));
    assertEquals(excerpts.length, 4);
    for (const [line = "", caret = ""] of [excerpts.slice(0, 2), excerpts.slice(2)]) {
      assertEquals(line.slice(caret.indexOf("^")).startsWith("throw"), true, `${line}\n${caret}`);
      if (columns !== undefined) assertEquals(line.length <= columns, true, line);
    }
  }
});

Deno.test("recap() is empty when every task passed", () => {
  const passed = { status: "passed" } as const;
  assertEquals(
    recapOf({ type: "task-finished", task: id(0), worker: 0, outcome: passed }),
    [],
  );
});

Deno.test("recap() shows the properties, user frames, members and causes of an error", () => {
  const error = {
    type: "DeployError",
    message: "first line\nsecond line",
    stack: [
      "DeployError: first line",
      "    at deploy (file:///project/build.ts:3:9)",
      "    at TaskLoop.run (" + new URL("../../src/thread/task_loop.ts", import.meta.url).href +
      ":9:9)",
      "    at ext:core/01_core.js:1:1",
    ].join("\n"),
    props: { code: "E_DEPLOY" },
    errors: [{ type: "Error", message: "member" }],
    cause: { type: "TypeError", message: "root", cause: { type: "string", message: "deeper" } },
  };
  assertEquals(
    recapOf({
      type: "task-finished",
      task: id(0),
      worker: 0,
      outcome: { status: "failed", error },
    }),
    [
      "Failed:",
      "  a: DeployError: first line",
      "    second line",
      "    code: E_DEPLOY",
      "    at deploy (/project/build.ts:3:9)",
      "    [0] Error: member",
      "    caused by TypeError: root",
      "      caused by string: deeper",
      "",
    ],
  );
});

const skipped = (task: number, via: number, cause: number): RunFact => ({
  type: "task-finished",
  task: id(task),
  worker: null,
  outcome: { status: "skipped", via: id(via), cause: id(cause) },
});

Deno.test("recap() names the failed dependency of a skipped task, and the task in between", () => {
  assertEquals(recapOf(skipped(1, 0, 0)), ["Skipped:", "  b: a failed", ""]);
  assertEquals(recapOf(skipped(2, 1, 0)), ["Skipped:", "  c: a failed (through b)", ""]);
});

Deno.test("recap() groups skipped tasks by cause, the largest group first", () => {
  assertEquals(
    recapOf(skipped(3, 2, 2), skipped(1, 0, 0), skipped(2, 1, 0)),
    ["Skipped:", "  2 since a failed: b, c", "  d: c failed", ""],
  );
  const own = (task: number, reason: string): RunFact => ({
    ...{ type: "task-finished", task: id(task), worker: 0 },
    outcome: { status: "skipped", via: null, cause: null, reason },
  });
  assertEquals(
    recapOf(own(0, "no net"), own(1, "offline"), own(3, "no net")),
    ["Skipped:", "  a, d: no net", "  b: offline", ""],
  );
});

Deno.test("recap() ends with the failures, each with the last lines of its output", () => {
  const error = { type: "Error", message: "no" };
  const output = new FailedOutput({ verbose: false });
  const facts: RunFact[] = [
    { type: "task-started", task: id(0), worker: 0, attempt: 1 },
    ...["load", "\x1b[2Jparse"].map((text): RunFact => ({
      ...{ type: "task-output", task: id(0), worker: 0, channel: "stdout", level: "info", text },
    })),
    { type: "task-finished", task: id(0), worker: 0, outcome: { status: "failed", error } },
    skipped(1, 0, 0),
  ];
  for (const fact of facts) output.report({ ...fact, seq: 0, elapsedMs: 0 });
  const view = viewOf([STARTED, ...facts].map((fact, seq) => ({ ...fact, seq, elapsedMs: 0 })));
  assertEquals(recap(view, plainStyle, { outputOf: (task) => output.of(task) }), [
    ...["Skipped:", "  b: a failed", ""],
    ...["Failed:", "  a: Error: no", "    output:", "      | load", "      | parse", ""],
  ]);
});

Deno.test("FailedOutput keeps the last ten lines of failed tasks, and none of other tasks", () => {
  const output = new FailedOutput({ verbose: false });
  const report = (fact: RunFact) => output.report({ ...fact, seq: 0, elapsedMs: 0 });
  const print = (task: number, text: string, level: "info" | "debug" = "info") =>
    report({ type: "task-output", task: id(task), worker: 0, channel: "log", level, text });
  for (let line = 1; line <= 12; line++) print(0, `line ${line}`);
  print(0, "a debug line", "debug");
  print(1, "passes");
  const error = { type: "Error", message: "no" };
  report({ type: "task-finished", task: id(0), worker: 0, outcome: { status: "failed", error } });
  report({ type: "task-finished", task: id(1), worker: 0, outcome: { status: "passed" } });
  print(0, "from a child process");
  print(1, "late");
  const { lines, count } = output.of(id(0))!;
  assertEquals([lines.length, count], [10, 13]);
  assertEquals([lines[0], lines.at(-1)], ["INFO  line 4", "INFO  from a child process"]);
  assertEquals([output.of(id(1)), output.of(id(2))], [undefined, undefined]);
});

Deno.test("recap() shows that all tasks passed when the run was cancelled too late", () => {
  const outcome = { status: "passed" } as const;
  const passed = [0, 1, 2, 3].map((task): RunFact => ({
    ...{ type: "task-finished", task: id(task), worker: 0, outcome },
  }));
  assertEquals(
    recapOf({ type: "run-cancelled", reason: "interrupted" }, ...passed),
    ["All tasks passed, although the run was interrupted", ""],
  );
});

Deno.test("recap() counts tasks that never started, and lists them all when it is verbose", () => {
  const outcome = { status: "cancelled", reason: "interrupted" } as const;
  const tasks = Array.from({ length: 8 }, (_, i) => ({ name: `t${i}`, after: [], tags: [] }));
  const facts: RunFact[] = [
    { ...STARTED, tasks },
    ...tasks.map((_, i): RunFact => ({
      ...{ type: "task-finished", task: id(i), worker: null, outcome },
    })),
  ];
  const view = viewOf(facts.map((fact, seq) => ({ ...fact, seq, elapsedMs: 0 })));
  assertEquals(recap(view, plainStyle), [
    ...["Cancelled:", "  8 never started: t0, t1, t2, t3, t4 and 3 more", ""],
  ]);
  assertEquals(recap(view, plainStyle, { verbose: true }), [
    ...["Cancelled:", "  8 never started: t0, t1, t2, t3, t4, t5, t6, t7", ""],
  ]);
});

Deno.test("recap() distinguishes cancelled tasks that ran from tasks that never started", () => {
  const outcome = { status: "cancelled", reason: "interrupted" } as const;
  assertEquals(
    recapOf(
      { type: "task-queued", task: id(0) },
      { type: "task-started", task: id(0), worker: 0, attempt: 1 },
      { type: "task-finished", task: id(0), worker: 0, outcome },
      { type: "task-finished", task: id(3), worker: null, outcome },
    ),
    ["Cancelled:", "  a: ended when the run was cancelled", "  d: never started", ""],
  );
});

Deno.test("recap() names the suspects of a stray error", () => {
  const error = { type: "Error", message: "late" };
  assertEquals(
    recapOf(
      { type: "stray-error", worker: 0, suspects: [id(0)], error },
      { type: "stray-error", worker: 1, suspects: [id(0), id(3)], error },
    ),
    [
      "Errors outside of tasks:",
      "  thread_0: Error: late",
      "    leaked by a",
      "  thread_1: Error: late",
      "    leaked by one of a, d",
      "",
    ],
  );
});

/** A few lines of each file, so that an excerpt identifies its place. */
const PLACES: ErrorContext = {
  folder: "/project",
  sourceLine: (url, line) => `\t  source("${url.split("/").at(-1)}", ${line}); // the end`,
};

for (const [name, facts] of Object.entries({ sample: SAMPLE_FACTS, cancelled: CANCELLED_FACTS })) {
  Deno.test(`recap() matches the golden output for the ${name} run`, () => {
    const view = viewOf(sampleEvents(facts));
    assertGolden(`recap/${name}.txt`, recap(view, plainStyle, PLACES).join("\n") + "\n");
    assertGolden(`recap/${name}.color.txt`, recap(view, colorStyle(), PLACES).join("\n") + "\n");
  });
}

/** The recap of one task that failed, without its frame of lines. */
function failure(
  error: Partial<ErrorRecord>,
  places: ErrorContext = {},
  style = plainStyle,
): string[] {
  const record = { type: "Error", message: "no", ...error };
  const events = [
    { type: "run-started", tasks: [{ name: "a", after: [], tags: [] }], workers: 1 },
    { type: "task-queued", task: 0 },
    { type: "task-started", task: 0, worker: 0, attempt: 1 },
    { type: "task-finished", task: 0, worker: 0, outcome: { status: "failed", error: record } },
  ];
  const stamp = { mocked: [], startedAt: "", elapsedMs: 0 };
  const view = viewOf(events.map((event, seq) => ({ ...stamp, seq, ...event }) as never));
  return recap(view, style, places).slice(1, -1);
}

Deno.test("recap() shows the source line of the first frame with a caret", () => {
  const stack = "Error: no\n    at f (file:///p/a b.ts:3:11)\n    at g (file:///p/c.ts:1:1)";
  const sourceLine = (url: string, line: number) =>
    url === "file:///p/a b.ts" && line === 3 ? "\t\tif (x)\tthrow 1;" : undefined;
  assertEquals(failure({ stack }, { folder: "/p", sourceLine }), [
    "  a: Error: no",
    "    at f (a b.ts:3:11)",
    "      3 | if (x) throw 1;",
    "        |         ^",
    "    at g (c.ts:1:1)",
  ]);
});

Deno.test("recap() aligns the caret when wide characters precede it", () => {
  const source = "f('漢字', '🚀'); g();";
  const stack = `    at f (file:///p/a.ts:1:${source.indexOf("g()") + 1})`;
  const [, , line, caret] = failure({ stack }, { sourceLine: () => source });
  assertEquals([line, caret], [`      1 | ${source}`, `        | ${" ".repeat(17)}^`]);
});

Deno.test("recap() shortens a long source line and omits an unavailable one", () => {
  const source = `${"a".repeat(500)}HERE${"b".repeat(500)}`;
  const stack = "    at f (file:///p/a.ts:1:501)";
  const [, , line, caret] = failure({ stack }, { sourceLine: () => source });
  assertEquals(line, `      1 | …${"a".repeat(50)}HERE${"b".repeat(30)}…`);
  assertEquals(caret, `        | ${" ".repeat(51)}^`);
  for (const text of [undefined, "", "   ", "short"]) {
    assertEquals(failure({ stack }, { sourceLine: () => text }).length, 2);
  }
  const remote = failure({ stack: "  at https://x.test/a.ts:1:1" }, { sourceLine: () => "secret" });
  assertEquals(remote, ["  a: Error: no", "    at https://x.test/a.ts:1:1"]);
});

Deno.test("recap() omits the frames of packages unless there are no others", () => {
  const inPackage = "    at check (file:///c/npm/registry.npmjs.org/x/1.0.0/a.js:1:1)";
  const inModules = "    at file:///p/node_modules/x/a.js:1:1";
  const own = "    at async file:///p/own.ts:2:2";
  const frames = (...stack: string[]) =>
    failure({ stack: ["Error: no", ...stack].join("\n") }).slice(1);
  assertEquals(frames(inPackage, inModules, own), ["    at async /p/own.ts:2:2"]);
  assertEquals(frames(inPackage, inModules).length, 1);
  assertEquals(frames("    at async Promise.all (index 1)", "    at <anonymous>"), []);
});

Deno.test("recap() shortens a long message, and keeps its lines that look like frames", () => {
  const message = "no\n    at fake (file:///p/fake.ts:1:1)\n\n\n\nend\n\n";
  const stack = `Error: ${message}\n    at real (file:///p/real.ts:1:1)`;
  assertEquals(failure({ message, stack }), [
    "  a: Error: no",
    "        at fake (file:///p/fake.ts:1:1)",
    "",
    "    end",
    "    at real (/p/real.ts:1:1)",
  ]);
  const long = failure({ message: "line\n".repeat(10_000) + "x".repeat(10_000) });
  assertEquals([long.length, long.at(-1)], [61, "    … and 9941 more lines"]);
  assertEquals(failure({ message: "x".repeat(10_000) })[0]!.length, "  a: Error: …".length + 1000);
});

Deno.test("recap() omits the middle of a deep stack", () => {
  const deep = Array.from({ length: 500 }, (_, i) => `    at f (file:///p/a.ts:${i + 1}:1)`);
  const lines = failure({ stack: ["Error: no", ...deep].join("\n") }).slice(1);
  assertEquals(lines.length, 8);
  assertEquals(lines.slice(-2), ["    … 493 more …", "    at f (/p/a.ts:500:1)"]);
});

Deno.test("recap() shows an error on one line when it has no message or no stack", () => {
  assertEquals(failure({ message: "" }), ["  a: Error"]);
  assertEquals(failure({ type: "string", message: "text" }), ["  a: string: text"]);
});

Deno.test("recap() removes escape codes from messages, except colors in a colored style", () => {
  const message = "\x1b[31mred\x1b[39m \x1b[2J\x1b]0;title\x07end\r\x9b1A";
  assertEquals(failure({ message }), ["  a: Error: red end"]);
  const [line = ""] = failure({ message }, {}, colorStyle());
  // deno-lint-ignore no-control-regex -- it is what is looked for
  assertEquals(line.replace(/\x1b\[\d*m/g, ""), "  a: Error: red end");
  assertStringIncludes(line, "\x1b[31mred\x1b[39m");
});

Deno.test("recap() escapes line breaks in names, types and reasons", () => {
  const tasks = [{ name: "a\nb", after: [], tags: [] }, { name: "c", after: [id(0)], tags: [] }];
  const error = { type: "Odd\nName", message: "" };
  const facts: RunFact[] = [
    { type: "run-started", tasks, workers: 1, startedAt: "2026-11-23T20:56:47.573Z", mocked: [] },
    { type: "task-finished", task: id(0), worker: null, outcome: { status: "failed", error } },
    {
      type: "task-finished",
      task: id(1),
      worker: null,
      outcome: { status: "skipped", via: id(0), cause: id(0) },
    },
  ];
  const view = viewOf(facts.map((fact, seq) => ({ ...fact, seq, elapsedMs: 0 })));
  assertEquals(recap(view, plainStyle), [
    ...["Skipped:", "  c: a\\nb failed", ""],
    ...["Failed:", "  a\\nb: Odd\\nName", ""],
  ]);
});

Deno.test("recap() shows the first 20 properties when an error has hundreds", () => {
  const props = Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`p\n${i}`, `${i}`]));
  const lines = failure({ props });
  assertEquals(lines.slice(1, 3), ["    p\\n0: 0", "    p\\n1: 1"]);
  assertEquals(lines.filter((line) => line.includes("p\\n")).length, 20);
  assertEquals(lines.filter((line) => line.includes("…")), ["    … and 280 more properties"]);
});
