import { assertEquals } from "@std/assert";
import { EventStream } from "../../src/events/event_stream.ts";
import type { RunFact } from "../../src/events/run_event.ts";
import { applyEvent, emptyView } from "../../src/events/run_view.ts";
import { recap } from "../../src/report/recap.ts";
import { plainStyle } from "../../src/report/style.ts";
import type { TaskId } from "../../src/task/task.ts";

const id = (number: number) => number as TaskId;

/** The recap of a run of a -> b -> c and d. */
function recapOf(...facts: RunFact[]): string[] {
  const view = emptyView();
  const stream = new EventStream([{ report: (event) => applyEvent(view, event) }]);
  const task = (name: string, ...after: TaskId[]) => ({ name, after, tags: [] });
  stream.emit({
    type: "run-started",
    tasks: [task("a"), task("b", id(0)), task("c", id(1)), task("d")],
    workers: 2,
    startedAt: "2026-11-23T20:56:47.573Z",
    mocked: [],
  }, 0);
  for (const fact of facts) stream.emit(fact, 0);
  assertEquals(stream.failures, []);
  return recap(view, plainStyle);
}

Deno.test("recap() is empty when every task passed", () => {
  const passed = { status: "passed" } as const;
  assertEquals(
    recapOf({ type: "task-finished", task: id(0), worker: 0, outcome: passed }),
    [],
  );
});

Deno.test("recap() shows error, own properties, the user's frames, members and causes", () => {
  const error = {
    type: "DeployError",
    message: "first line\nsecond line",
    stack: [
      "DeployError: first line",
      "    at deploy (file:///project/build.ts:3:9)",
      "    at TaskLoop.run (" + new URL("../../src/pool/task_loop.ts", import.meta.url).href +
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
      "    at deploy (file:///project/build.ts:3:9)",
      "    [0] Error: member",
      "    caused by TypeError: root",
      "      caused by string: deeper",
      "",
    ],
  );
});

Deno.test("recap() says which failure a task was skipped for, and through which task", () => {
  assertEquals(
    recapOf(
      {
        type: "task-finished",
        task: id(1),
        worker: null,
        outcome: { status: "skipped", via: id(0), cause: id(0) },
      },
      {
        type: "task-finished",
        task: id(2),
        worker: null,
        outcome: { status: "skipped", via: id(1), cause: id(0) },
      },
    ),
    ["Skipped:", "  b: a failed", "  c: a failed (through b)", ""],
  );
});

Deno.test("recap() tells cancelled tasks that ran from those that never started", () => {
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

Deno.test("recap() names who may have left a stray error behind", () => {
  const error = { type: "Error", message: "late" };
  assertEquals(
    recapOf(
      { type: "stray-error", worker: 0, suspects: [id(0)], error },
      { type: "stray-error", worker: 1, suspects: [id(0), id(3)], error },
    ),
    [
      "Errors outside of tasks:",
      "  thread_0: Error: late",
      "    left behind by a",
      "  thread_1: Error: late",
      "    left behind by one of a, d",
      "",
    ],
  );
});
