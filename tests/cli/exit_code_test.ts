/** The exit code of the command, by the result of the run. */
import { assertEquals } from "@std/assert";
import { ExitCode, exitCodeOf } from "../../src/cli/exit_code.ts";
import type { RunFact, TaskOutcome } from "../../src/events/run_event.ts";
import type { TaskId } from "../../src/task/task.ts";
import { viewOf } from "../support/view_of.ts";

const PASSED: TaskOutcome = { status: "passed" };
const FAILED: TaskOutcome = { status: "failed", error: { type: "Error", message: "no" } };
const CANCELLED: TaskOutcome = { status: "cancelled", reason: "aborted" };

/** The exit code of a run of two tasks, of which these have ended, each on this attempt. */
function codeOf(
  outcomes: readonly TaskOutcome[],
  reporterErrors: readonly Error[] = [],
  { attempt = 1, ...besides }: Parameters<typeof exitCodeOf>[1] & { attempt?: number } = {},
): number {
  const facts: RunFact[] = [
    {
      type: "run-started",
      tasks: ["a", "b"].map((name) => ({ name, after: [], tags: [] })),
      workers: 1,
      startedAt: "2026-01-01T00:00:00.000Z",
      mocked: [],
    },
    ...outcomes.flatMap((outcome, id): RunFact[] => [
      { type: "task-started", task: id as TaskId, worker: 0, attempt },
      { type: "task-finished", task: id as TaskId, worker: 0, outcome },
    ]),
    { type: "run-finished", finishedAt: "2026-01-01T00:00:01.000Z" },
  ];
  const view = viewOf(facts.map((fact, seq) => ({ ...fact, seq, elapsedMs: seq })));
  const reporterFailures = reporterErrors.map((error) => ({ reporter: { report() {} }, error }));
  return exitCodeOf({ view, reporterFailures }, besides);
}

Deno.test("exitCodeOf() is 0 when every task passed, 1 when one failed or was cancelled", () => {
  assertEquals(codeOf([PASSED, PASSED]), ExitCode.PASSED);
  assertEquals(codeOf([PASSED, FAILED]), ExitCode.FAILED);
  assertEquals(codeOf([PASSED, CANCELLED]), ExitCode.FAILED);
});

Deno.test("exitCodeOf() is 70 when a reporter failed, 1 when a task failed as well", () => {
  assertEquals(codeOf([PASSED, PASSED], [new Error("disk full")]), ExitCode.INTERNAL);
  assertEquals(codeOf([PASSED, FAILED], [new Error("disk full")]), ExitCode.FAILED);
});

Deno.test("exitCodeOf() is 1 when a task was flaky and failOnFlaky is set", () => {
  const failOnFlaky = true;
  assertEquals(codeOf([PASSED, PASSED], [], { attempt: 2 }), ExitCode.PASSED);
  assertEquals(codeOf([PASSED, PASSED], [], { failOnFlaky }), ExitCode.PASSED);
  assertEquals(codeOf([PASSED, PASSED], [], { failOnFlaky, attempt: 2 }), ExitCode.FAILED);
});

Deno.test("exitCodeOf() is 70 when output was not written, 1 when a task failed as well", () => {
  assertEquals(codeOf([PASSED, PASSED], [], { isWritten: false }), ExitCode.INTERNAL);
  assertEquals(codeOf([PASSED, FAILED], [], { isWritten: false }), ExitCode.FAILED);
});

Deno.test("exitCodeOf() is 70 when a task has no outcome", () => {
  assertEquals(codeOf([PASSED]), ExitCode.INTERNAL);
  assertEquals(codeOf([]), ExitCode.INTERNAL);
});
