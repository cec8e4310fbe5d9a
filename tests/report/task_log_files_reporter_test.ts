import { assertEquals } from "@std/assert";
import { EventStream } from "../../src/events/event_stream.ts";
import { TaskLogFilesReporter } from "../../src/report/text/task_log_files_reporter.ts";
import type { TaskId } from "../../src/task/task.ts";

Deno.test("TaskLogFilesReporter writes the reason of a failure with causes and user frames", () => {
  let text = "";
  const file = { write: (more: string) => void (text += more), close() {} };
  const reporter = new TaskLogFilesReporter("tdrun", () => file, () => new Date(0));
  const stream = new EventStream([reporter]);
  const [a, b] = [0 as TaskId, 1 as TaskId];
  stream.emit({
    type: "run-started",
    tasks: [{ name: "a", after: [], tags: [] }, { name: "b", after: [a], tags: [] }],
    workers: 1,
    startedAt: "2026-11-23T20:56:47.573Z",
    mocked: [],
  }, 0);
  const own = new URL("../../src/thread/task_loop.ts", import.meta.url).href;
  const error = {
    type: "Error",
    message: "no",
    stack: `Error: no\n    at f (file:///x/a.ts:1:2)\n    at ${own}:3:4`,
    cause: { type: "TypeError", message: "deep" },
  };
  stream.emit(
    { type: "task-finished", task: a, worker: 0, outcome: { status: "failed", error } },
    0,
  );
  const outcome = { status: "skipped", via: a, cause: a } as const;
  stream.emit({ type: "task-finished", task: b, worker: null, outcome }, 0);
  assertEquals(stream.failures, []);
  const lines = text.split("\n").slice(1).map((line) => line.replace(/^\d{4}-\S+ \S+ /, ""));
  assertEquals(lines, [
    "ERROR [thread_0] a: FAILED: Error: no",
    "  at f (/x/a.ts:1:2)",
    "  caused by TypeError: deep",
    "WARN  [main] b: SKIPPED: a failed",
    "",
  ]);
});

Deno.test("TaskLogFilesReporter writes one file per thread in the original format", async () => {
  const files = new Map<string, string>();
  const open: string[] = [];
  const reporter = new TaskLogFilesReporter("tdrun", (name) => {
    open.push(name);
    return {
      write: (text) => void files.set(name, (files.get(name) ?? "") + text),
      close: () => open.splice(open.indexOf(name), 1),
    };
  }, () => new Date(2026, 10, 23, 20, 56, 47, 573));
  const stream = new EventStream([reporter]);
  const a = 0 as TaskId;
  stream.emit({
    type: "run-started",
    tasks: [{ name: "a", after: [], tags: [] }],
    workers: 1,
    startedAt: "2026-11-23T20:56:47.573Z",
    mocked: [],
  }, 0);
  stream.emit({ type: "task-queued", task: a }, 0);
  stream.emit({ type: "task-started", task: a, worker: 0, attempt: 1 }, 0);
  const output = { type: "task-output", task: a, worker: 0, channel: "log" } as const;
  stream.emit({ ...output, level: "warn", text: "careful" }, 0);
  stream.emit({ type: "task-finished", task: a, worker: 0, outcome: { status: "passed" } }, 0);
  stream.emit({ type: "run-finished", finishedAt: "2026-11-23T20:56:48Z" }, 0);
  await stream.close();
  assertEquals(stream.failures, []);
  assertEquals(open, []);
  const at = "2026-11-23 20:56:47,573";
  assertEquals(Object.fromEntries(files), {
    "tdrun_main.log": `${at} INFO  [main] scheduler: running 1 task on 1 thread\n` +
      `${at} DEBUG [main] scheduler: queued a\n` +
      `${at} INFO  [main] scheduler: all work completed\n`,
    "tdrun_thread_0.log": `${at} DEBUG [thread_0] a: started\n` +
      `${at} WARN  [thread_0] a: careful\n` +
      `${at} INFO  [thread_0] a: PASSED\n`,
  });
});

Deno.test("TaskLogFilesReporter removes line breaks and escape codes from a message", () => {
  let text = "";
  const file = { write: (more: string) => void (text += more), close() {} };
  const reporter = new TaskLogFilesReporter("tdrun", () => file, () => new Date(0));
  const message = "\x1b[31mred\x1b[39m\r2026-11-23 ok\x1b[1A\x1b]52;c;eA==\x07\x9b2J\tend";
  const output = {
    type: "task-output",
    worker: 0,
    task: null,
    level: "info",
    text: message,
  } as const;
  const stamp = { seq: 0, elapsedMs: 0 };
  reporter.report({ ...output, channel: "log", ...stamp });
  reporter.report({ ...output, channel: "stdout", ...stamp });
  reporter.log("warn", message, "setupState");
  const lines = text.split("\n").map((line) => line.replace(/^\d{4}-\S+ \S+ /, ""));
  assertEquals(lines, [
    "INFO  [thread_0] worker: red2026-11-23 ok\tend",
    "INFO  [thread_0] worker: red2026-11-23 ok\tend",
    "WARN  [main] setupState: red2026-11-23 ok\tend",
    "",
  ]);
});
