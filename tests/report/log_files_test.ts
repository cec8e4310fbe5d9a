import { assertEquals } from "@std/assert";
import { EventStream } from "../../src/events/event_stream.ts";
import { LogFilesReporter } from "../../src/report/log_files.ts";
import type { TaskId } from "../../src/task/task.ts";

Deno.test("LogFilesReporter: each thread has a file, in the original's line format", async () => {
  const files = new Map<string, string>();
  const open: string[] = [];
  const reporter = new LogFilesReporter("tdrun", (name) => {
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
