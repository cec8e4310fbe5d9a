import { assertEquals, assertMatch } from "@std/assert";
import type { RunFact } from "../../src/events/run_event.ts";
import { EventStream } from "../../src/events/event_stream.ts";
import { colorStyle, plainStyle } from "../../src/report/style.ts";
import { lineOptions } from "../../src/report/text/line_options.ts";
import { LineReporter } from "../../src/report/text/line_reporter.ts";
import type { OutputOptions } from "../../src/report/text/task_output_reporter.ts";
import type { TaskId } from "../../src/task/task.ts";

const [A, B] = [0 as TaskId, 1 as TaskId];
const STARTED: RunFact = {
  type: "run-started",
  tasks: [{ name: "a", after: [], tags: [] }, { name: "b", after: [A], tags: [] }],
  workers: 2,
  startedAt: "2026-11-23T20:56:47.573Z",
  mocked: [],
};

/** The lines that facts make, and those that tasks print. */
function lines(facts: readonly RunFact[], options: Partial<OutputOptions> = {}) {
  const logged: string[] = [];
  const printed: string[] = [];
  const reporter = new LineReporter({
    line: (text) => logged.push(text),
    stdout: (text) => printed.push(text),
    verbose: false,
    mode: "live",
    isBrief: false,
    highlight: (text) => text,
    style: plainStyle,
    now: () => new Date(2026, 10, 23, 20, 56, 47, 573),
    ...options,
  });
  const stream = new EventStream([reporter]);
  for (const fact of facts) stream.emit({ ...fact }, 0);
  assertEquals(stream.failures, []);
  return { logged, printed };
}

Deno.test("LineReporter writes a finished task as one line padded with dots", () => {
  const { logged } = lines([
    STARTED,
    { type: "task-finished", task: A, worker: 0, outcome: { status: "passed" } },
    {
      type: "task-finished",
      task: B,
      worker: null,
      outcome: { status: "skipped", via: A, cause: null },
    },
  ]);
  assertEquals(logged.slice(2), [
    "2026-11-23 20:56:47,573 [thread_0] a ................................................. PASSED [ 50% ]",
    "2026-11-23 20:56:47,573 b ........................................................... SKIPPED [100% ] (nothing had failed)",
  ]);
});

Deno.test("LineReporter fits the line of a finished task to the width of the terminal", () => {
  const finished = { type: "task-finished", worker: 0, outcome: { status: "passed" } } as const;
  const facts: RunFact[] = [STARTED, { ...finished, task: A }, { ...finished, task: B }];
  for (const verbose of [false, true]) {
    for (const columns of [60, 80, 100]) {
      const { logged } = lines(facts, { columns: () => columns, verbose });
      const length = columns - " 1m 23s".length;
      assertEquals(logged.slice(2).map((line) => line.length), [length, length]);
    }
    const wide = lines(facts, { columns: () => 200, verbose }).logged;
    assertEquals(wide, lines(facts, { columns: () => undefined, verbose }).logged);
  }
  const { logged } = lines(facts, { columns: () => 20 });
  assertEquals(logged[2]!.split("\n"), [
    "20:56:47,573",
    "          [thread_0]",
    "          a  PASSED",
    "          [ 50% ]",
  ]);
});

Deno.test("LineReporter appends the duration and the attempts of a flaky task", () => {
  const tasks = [{ name: "a", after: [], tags: [], attempts: 3 }];
  const reported: string[] = [];
  const reporter = new LineReporter(lineOptions({
    ...{ line: (text) => reported.push(text), stdout: () => {}, now: () => new Date(0) },
    ...{ verbose: false, isColored: false, highlights: undefined },
  }));
  const stream = new EventStream([reporter]);
  const error = { type: "Error", message: "no" };
  const facts: [number, RunFact][] = [
    [0, { ...STARTED, tasks } as RunFact],
    [0, { type: "task-started", task: A, worker: 0, attempt: 1 }],
    [10, { type: "task-retried", task: A, worker: 0, attempt: 1, error, delayMs: 0 }],
    [10, { type: "task-queued", task: A }],
    [10, { type: "task-started", task: A, worker: 0, attempt: 2 }],
    [234, { type: "task-finished", task: A, worker: 0, outcome: { status: "passed" } }],
  ];
  for (const [elapsedMs, fact] of facts) stream.emit(fact, elapsedMs);
  assertEquals(stream.failures, []);
  assertMatch(reported.at(-1)!, /^.{24}\[thread_0\] a \.+ PASSED \[100% \] FLAKY 2\/3 234ms$/);
});

Deno.test("LineReporter appends the cause of a skip, without the tasks in between", () => {
  const tasks = ["a", "b", "c", "d"].map((name) => ({ name, after: [], tags: [] }));
  const error = { type: "Error", message: "no" };
  const skip = { status: "skipped", via: B, cause: A } as const;
  const facts: RunFact[] = [
    { ...STARTED, tasks } as RunFact,
    { type: "task-started", task: A, worker: 0, attempt: 1 },
    { type: "task-finished", task: A, worker: 0, outcome: { status: "failed", error } },
    { type: "task-finished", task: B, worker: null, outcome: { ...skip, via: A } },
    { type: "task-finished", task: 2 as TaskId, worker: null, outcome: skip },
    { type: "task-started", task: 3 as TaskId, worker: 0, attempt: 1 },
    {
      type: "task-finished",
      task: 3 as TaskId,
      worker: 0,
      outcome: { status: "skipped", via: null, cause: null, reason: "not\nhere" },
    },
    { type: "run-finished", finishedAt: "" },
  ];
  const { logged } = lines(facts);
  assertEquals(logged.map((line) => line.slice(24).replace(/ \.+ /, " … ")).slice(2), [
    "[thread_0] a: Error: no",
    "[thread_0] a … FAILED [ 25% ]",
    "b … SKIPPED [ 50% ] (a failed)",
    "c … SKIPPED [ 75% ] (a failed)",
    "[thread_0] d … SKIPPED [100% ] (not\\nhere)",
    "all work completed",
    "the run failed: 1 failed, 3 skipped",
  ]);
  const brief = lines(facts, { isBrief: true }).logged.map((line) => line.slice(24));
  assertEquals(brief.slice(1), [
    "b SKIPPED: a failed",
    "c SKIPPED: a failed (through b)",
    "d SKIPPED: not\\nhere",
  ]);
});

Deno.test("LineReporter leaves the line about an interrupt to the command, on a terminal and in a pipe", () => {
  const outcome = { status: "cancelled", reason: "interrupted" } as const;
  const facts: RunFact[] = [
    STARTED,
    { type: "task-started", task: A, worker: 0, attempt: 1 },
    { type: "run-cancelled", reason: "interrupted" },
    { type: "task-finished", task: B, worker: null, outcome },
    { type: "task-finished", task: A, worker: 0, outcome },
    { type: "run-finished", finishedAt: "" },
  ];
  const texts = (options: Partial<OutputOptions>) =>
    lines(facts, options).logged.slice(2).map((line) =>
      line.split("\n").map((row) => row.trim()).join(" ").replace(/^\S+ (?:\S+,\d+ )?/, "")
        .replace(/ \.* /, " ")
    );
  const end = ["all work completed", "the run failed: 2 cancelled"];
  const both = ["b CANCELLED [ 50% ]", "[thread_0] a CANCELLED [100% ]", ...end];
  assertEquals(texts({ isOfCommand: true, columns: () => undefined }), both);
  const shown = ["[thread_0] a CANCELLED [ 50% ]", ...end];
  assertEquals(texts({ isOfCommand: true, columns: () => 120 }), shown);
  assertEquals(texts({}).slice(0, 2), ["the run was interrupted", "b CANCELLED [ 50% ]"]);
});

Deno.test("LineReporter counts mocked tasks among the collected tasks", () => {
  const { logged } = lines([{ ...STARTED, mocked: ["m", "n"] } as RunFact]);
  assertEquals(logged[0], "2026-11-23 20:56:47,573 collected 4 tasks, 2 mocked (m, n)");
});

Deno.test("LineReporter labels output with the hook that logged or printed it", () => {
  const hook = { type: "task-output", task: null, hook: "setupWorker", worker: 0 } as const;
  const { logged, printed } = lines([
    STARTED,
    { ...hook, channel: "log", level: "warn", text: "slow" },
    { ...hook, channel: "stdout", level: "info", text: "hi" },
    { type: "task-output", task: null, worker: 0, channel: "log", level: "error", text: "late" },
  ]);
  assertEquals(logged.slice(2), [
    "2026-11-23 20:56:47,573 WARN  [thread_0] setupWorker: slow",
    "2026-11-23 20:56:47,573 ERROR [thread_0] late",
  ]);
  assertEquals(printed, ["[thread_0] setupWorker: hi"]);
});

Deno.test("LineReporter colors levels differently when the style has colors", () => {
  const output = { type: "task-output", task: A, worker: 0, channel: "log", text: "hi" } as const;
  const { logged } = lines([STARTED, { ...output, level: "warn" }, { ...output, level: "error" }], {
    style: colorStyle(),
  });
  const [warn = "", error = ""] = logged.slice(2);
  assertEquals(warn.includes("\x1b[33mWARN \x1b[39m [thread_0] a: hi"), true, warn);
  assertEquals(error.includes("\x1b[31mERROR\x1b[39m [thread_0] a: hi"), true, error);
});

Deno.test("LineReporter writes the first five lines of an error before the outcome of the task", () => {
  const message = ["no", "", "  at all", "", "1", "\x1b[2J2", "3", "4"].join("\n");
  const error = { type: "AssertionError", message };
  const { logged } = lines([
    STARTED,
    { type: "task-finished", task: A, worker: 1, outcome: { status: "failed", error } },
  ]);
  assertEquals(logged.slice(2, -1), [
    "2026-11-23 20:56:47,573 [thread_1] a: AssertionError: no",
    ...["  at all", "1", "2", "3", "… and 1 more line"].map((line) => " ".repeat(28) + line),
  ]);
  const narrow = lines([
    STARTED,
    { type: "task-finished", task: A, worker: 1, outcome: { status: "failed", error } },
  ], { isBrief: true, columns: () => 80 }).logged;
  assertEquals(narrow.map((line) => line.trimEnd()), [
    "20:56:47,573 [thread_1] a FAILED: AssertionError: no",
    ...["  at all", "1", "2", "3", "… and 1 more line"].map((line) => " ".repeat(17) + line),
  ]);
});

Deno.test("LineReporter writes the delay of the next attempt when an attempt fails", () => {
  const delays = [0, 1, 20, 500, 1234.5, 360_000];
  const failed = { type: "task-retried", task: A, worker: 0 } as const;
  const error = { type: "Error", message: "no" };
  const { logged } = lines([
    STARTED,
    ...delays.map((delayMs, i) => ({ ...failed, attempt: i + 1, error, delayMs })),
  ]);
  const pauses = logged.slice(2).map((line) => / failed, (.*): Error: no$/.exec(line)?.[1]);
  assertEquals(
    pauses,
    [
      "retrying",
      "retrying in 0.001s",
      "retrying in 0.02s",
      "retrying in 0.5s",
      "retrying in 1.23s",
      "retrying in 360s",
    ],
  );
});

Deno.test("LineReporter writes output to its channel, and debug messages when verbose", () => {
  const output = { type: "task-output", task: A, worker: 0, level: "info", text: "hi" } as const;
  const facts: RunFact[] = [
    STARTED,
    { ...output, channel: "stdout" },
    { ...output, channel: "stderr" },
    { ...output, channel: "log" },
    { ...output, channel: "log", level: "debug" },
  ];
  const quiet = lines(facts);
  assertEquals(quiet.printed, ["[thread_0] a: hi"]);
  assertEquals(quiet.logged.slice(2), [
    "[thread_0] a: hi",
    "2026-11-23 20:56:47,573 INFO  [thread_0] a: hi",
  ]);
  const verbose = lines(facts, { verbose: true });
  assertEquals(verbose.logged.slice(3), [
    "2026-11-23 20:56:47,573 INFO  [thread_0] a: hi",
    "2026-11-23 20:56:47,573 DEBUG [thread_0] a: hi",
  ]);
});

Deno.test("LineReporter dims the owner of a printed line in the style of its stream", () => {
  const output = { type: "task-output", task: A, worker: 0, level: "info", text: "hi" } as const;
  const facts: RunFact[] = [
    STARTED,
    { ...output, channel: "stdout" },
    { ...output, channel: "stderr" },
  ];
  const dimmed = "\x1b[2m[thread_0] a:\x1b[22m hi";
  const onPipe = lines(facts, { style: colorStyle() });
  assertEquals([onPipe.printed[0], onPipe.logged[2]], ["[thread_0] a: hi", dimmed]);
  const onTerminal = lines(facts, { style: colorStyle(), stdoutStyle: colorStyle() });
  assertEquals([onTerminal.printed[0], onTerminal.logged[2]], [dimmed, dimmed]);
});

Deno.test("LineReporter wraps log lines after the time when they are for a terminal", () => {
  const facts: RunFact[] = [STARTED, {
    ...{ type: "task-output", task: A, worker: 0, channel: "log", level: "info" },
    text: "fetching three hundred orders from the service",
  }];
  assertEquals(lines(facts, { columns: () => 60 }).logged[2]!.split("\n"), [
    "20:56:47,573 INFO  [thread_0] a: fetching three hundred",
    "             orders from the service",
  ]);
  assertEquals(lines(facts).logged[2]!.includes("\n"), false);
});

Deno.test("LineReporter writes an error as one short line without escape codes", () => {
  const fail = (type: string, message: string): RunFact => ({
    type: "task-finished",
    task: A,
    worker: 0,
    outcome: { status: "failed", error: { type, message } },
  });
  const errorLineFor = (type: string, message: string) =>
    lines([STARTED, fail(type, message)]).logged[2]!.slice("2026-11-23 20:56:47,573 ".length);
  assertEquals(errorLineFor("Error", "what\nand why"), "[thread_0] a: Error: what");
  assertEquals(errorLineFor("Error", ""), "[thread_0] a: Error");
  assertEquals(errorLineFor("undefined", "undefined"), "[thread_0] a: undefined");
  assertEquals(errorLineFor("Odd\nName", "x"), "[thread_0] a: Odd\\nName: x");
  assertEquals(errorLineFor("Error", "\x1b[2J\rup\x07"), "[thread_0] a: Error: up");
  const error = { type: "WorkerError", message: "setupWorker failed: no\nand why" };
  const lost: RunFact = { type: "worker-lost", worker: 0, error };
  assertEquals(lines([STARTED, lost]).logged[2]?.slice(24), "[thread_0] setupWorker failed: no");
  assertEquals(
    errorLineFor("Error", "x".repeat(100_000)),
    `[thread_0] a: Error: ${"x".repeat(300)}…`,
  );
});

Deno.test("LineReporter escapes control characters in task names", () => {
  const name = "cases.y\nz\x1b[2J";
  const { logged } = lines([
    { ...STARTED, tasks: [{ name, after: [], tags: [] }], mocked: ["m\nn"] } as RunFact,
    { type: "task-output", task: A, worker: 0, channel: "log", level: "info", text: "hi" },
    { type: "task-finished", task: A, worker: 0, outcome: { status: "passed" } },
  ]);
  assertEquals(logged.map((line) => line.slice("2026-11-23 20:56:47,573 ".length)), [
    "collected 2 tasks, 1 mocked (m\\nn)",
    "starting thread pool with 2 threads",
    "INFO  [thread_0] cases.y\\nz\\u001b[2J: hi",
    "[thread_0] cases.y\\nz\\u001b[2J ............................... PASSED [100% ]",
  ]);
});
