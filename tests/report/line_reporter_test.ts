import { assertEquals } from "@std/assert";
import type { RunFact } from "../../src/events/run_event.ts";
import { EventStream } from "../../src/events/event_stream.ts";
import { colorStyle, plainStyle } from "../../src/report/style.ts";
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
  const said: string[] = [];
  const printed: string[] = [];
  const reporter = new LineReporter({
    line: (text) => said.push(text),
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
  return { said, printed };
}

Deno.test("LineReporter: a finished task is the original's line, padded with dots", () => {
  const { said } = lines([
    STARTED,
    { type: "task-finished", task: A, worker: 0, outcome: { status: "passed" } },
    {
      type: "task-finished",
      task: B,
      worker: null,
      outcome: { status: "skipped", via: A, cause: A },
    },
  ]);
  assertEquals(said.slice(2), [
    "2026-11-23 20:56:47,573 [thread_0] a ................................................. PASSED [ 50% ]",
    "2026-11-23 20:56:47,573 b ........................................................... SKIPPED [100% ]",
  ]);
});

Deno.test("LineReporter: on a narrow terminal a line takes the row it is in, and no other", () => {
  const finished = { type: "task-finished", worker: 0, outcome: { status: "passed" } } as const;
  const facts: RunFact[] = [STARTED, { ...finished, task: A }, { ...finished, task: B }];
  for (const verbose of [false, true]) {
    for (const columns of [60, 80, 100]) {
      const { said } = lines(facts, { columns: () => columns, verbose });
      assertEquals(said.slice(2).map((line) => line.length), [columns, columns]);
    }
    const wide = lines(facts, { columns: () => 200, verbose }).said;
    assertEquals(wide, lines(facts, { columns: () => undefined, verbose }).said);
  }
  const { said } = lines(facts, { columns: () => 20 });
  assertEquals(said[2], "2026-11-23 20:56:47,573 [thread_0] a  PASSED [ 50% ]");
});

Deno.test("LineReporter: mocked tasks are counted among the collected ones", () => {
  const { said } = lines([{ ...STARTED, mocked: ["m", "n"] } as RunFact]);
  assertEquals(said[0], "2026-11-23 20:56:47,573 collected 4 tasks, 2 mocked (m, n)");
});

Deno.test("LineReporter: a hook is named in what it logs and prints", () => {
  const hook = { type: "task-output", task: null, hook: "setupWorker", worker: 0 } as const;
  const { said, printed } = lines([
    STARTED,
    { ...hook, channel: "log", level: "warn", text: "slow" },
    { ...hook, channel: "stdout", level: "info", text: "hi" },
    { type: "task-output", task: null, worker: 0, channel: "log", level: "error", text: "late" },
  ]);
  assertEquals(said.slice(2), [
    "2026-11-23 20:56:47,573 WARN  [thread_0] setupWorker: slow",
    "2026-11-23 20:56:47,573 ERROR [thread_0] late",
  ]);
  assertEquals(printed, ["[thread_0] setupWorker: hi"]);
});

Deno.test("LineReporter: in colours levels are set off from each other", () => {
  const output = { type: "task-output", task: A, worker: 0, channel: "log", text: "hi" } as const;
  const { said } = lines([STARTED, { ...output, level: "warn" }, { ...output, level: "error" }], {
    style: colorStyle(),
  });
  const [warn = "", error = ""] = said.slice(2);
  assertEquals(warn.includes("\x1b[33mWARN \x1b[39m [thread_0] a: hi"), true, warn);
  assertEquals(error.includes("\x1b[31mERROR\x1b[39m [thread_0] a: hi"), true, error);
});

Deno.test("LineReporter: a failure says why in one line before it says FAILED", () => {
  const error = { type: "AssertionError", message: "no\n  at all" };
  const { said } = lines([
    STARTED,
    { type: "task-finished", task: A, worker: 1, outcome: { status: "failed", error } },
  ]);
  assertEquals(said[2], "2026-11-23 20:56:47,573 [thread_1] a: AssertionError: no");
});

Deno.test("LineReporter: a failed attempt says when the next one follows, however soon", () => {
  const delays = [0, 1, 20, 500, 1234.5, 360_000];
  const failed = { type: "task-retried", task: A, worker: 0 } as const;
  const error = { type: "Error", message: "no" };
  const { said } = lines([
    STARTED,
    ...delays.map((delayMs, i) => ({ ...failed, attempt: i + 1, error, delayMs })),
  ]);
  const pauses = said.slice(2).map((line) => / failed, (.*): Error: no$/.exec(line)?.[1]);
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

Deno.test("LineReporter: output goes where it was sent, with its thread", () => {
  const output = { type: "task-output", task: A, worker: 0, level: "info", text: "hi" } as const;
  const facts: RunFact[] = [
    STARTED,
    { ...output, channel: "stdout" },
    { ...output, channel: "stderr" },
    { ...output, channel: "log" },
    { ...output, channel: "log", level: "debug" },
  ];
  const quiet = lines(facts);
  assertEquals(quiet.printed, ["[thread_0] hi"]);
  assertEquals(quiet.said.slice(2), [
    "[thread_0] hi",
    "2026-11-23 20:56:47,573 INFO  [thread_0] a: hi",
  ]);
  const verbose = lines(facts, { verbose: true });
  assertEquals(verbose.said.slice(3), [
    "2026-11-23 20:56:47,573 INFO  [thread_0] a: hi",
    "2026-11-23 20:56:47,573 DEBUG [thread_0] a: hi",
  ]);
});

Deno.test("LineReporter: an error takes one line, says nothing twice and moves no cursor", () => {
  const fail = (type: string, message: string): RunFact => ({
    type: "task-finished",
    task: A,
    worker: 0,
    outcome: { status: "failed", error: { type, message } },
  });
  const told = (type: string, message: string) =>
    lines([STARTED, fail(type, message)]).said[2]!.slice("2026-11-23 20:56:47,573 ".length);
  assertEquals(told("Error", "what\nand why"), "[thread_0] a: Error: what");
  assertEquals(told("Error", ""), "[thread_0] a: Error");
  assertEquals(told("undefined", "undefined"), "[thread_0] a: undefined");
  assertEquals(told("Odd\nName", "x"), "[thread_0] a: Odd\\nName: x");
  assertEquals(told("Error", "\x1b[2J\rup\x07"), "[thread_0] a: Error: up");
  const error = { type: "WorkerError", message: "setupWorker failed: no\nand why" };
  const lost: RunFact = { type: "worker-lost", worker: 0, error };
  assertEquals(lines([STARTED, lost]).said[2]?.slice(24), "[thread_0] setupWorker failed: no");
  assertEquals(told("Error", "x".repeat(100_000)), `[thread_0] a: Error: ${"x".repeat(300)}…`);
});

Deno.test("LineReporter: whatever a name holds, it stands in one line", () => {
  const name = "cases.y\nz\x1b[2J";
  const { said } = lines([
    { ...STARTED, tasks: [{ name, after: [], tags: [] }], mocked: ["m\nn"] } as RunFact,
    { type: "task-output", task: A, worker: 0, channel: "log", level: "info", text: "hi" },
    { type: "task-finished", task: A, worker: 0, outcome: { status: "passed" } },
  ]);
  assertEquals(said.map((line) => line.slice("2026-11-23 20:56:47,573 ".length)), [
    "collected 2 tasks, 1 mocked (m\\nn)",
    "starting thread pool with 2 threads",
    "INFO  [thread_0] cases.y\\nz\\u001b[2J: hi",
    "[thread_0] cases.y\\nz\\u001b[2J ............................... PASSED [100% ]",
  ]);
});
