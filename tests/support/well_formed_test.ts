/** The checker of the grammar rejects violations. */
import { assertThrows } from "@std/assert";
import type { RunEvent, RunFact, TaskOutcome } from "../../src/events/run_event.ts";
import type { TaskId } from "../../src/task/task.ts";
import { graphOf } from "./graphs.ts";
import { assertWellFormed } from "./well_formed.ts";

const GRAPH = graphOf({ a: [], b: ["a"], c: [] });
const [A, B, C] = [0, 1, 2] as TaskId[] as [TaskId, TaskId, TaskId];
const ERROR = { type: "Error", message: "no" };
const PASSED: TaskOutcome = { status: "passed" };
const FAILED: TaskOutcome = { status: "failed", error: ERROR };
const CANCELLED: TaskOutcome = { status: "cancelled", reason: "aborted" };

const begin: RunFact = {
  type: "run-started",
  tasks: [
    { name: "a", after: [], tags: [] },
    { name: "b", after: [A], tags: [] },
    { name: "c", after: [], tags: [] },
  ],
  workers: 2,
  startedAt: "2026-01-01T00:00:00.000Z",
  mocked: [],
};
const end: RunFact = { type: "run-finished", finishedAt: "2026-01-01T00:00:01.000Z" };
const cancel: RunFact = { type: "run-cancelled", reason: "aborted" };
const queued = (task: TaskId): RunFact => ({ type: "task-queued", task });
const started = (task: TaskId, worker = 0, attempt = 1): RunFact => ({
  type: "task-started",
  task,
  worker,
  attempt,
});
const retried = (task: TaskId, worker = 0, attempt = 1): RunFact => ({
  type: "task-retried",
  task,
  worker,
  attempt,
  error: { type: "Error", message: "once more" },
  delayMs: 0,
});
const finished = (
  task: TaskId,
  outcome: TaskOutcome = PASSED,
  worker: number | null = 0,
): RunFact => ({
  type: "task-finished",
  task,
  worker,
  outcome,
});
const skipped = (task: TaskId, via: TaskId, cause: TaskId): RunFact =>
  finished(task, { status: "skipped", via, cause }, null);
const output = (task: TaskId | null, worker = 0, text = "line"): RunFact => ({
  type: "task-output",
  task,
  worker,
  channel: "stdout",
  level: "info",
  text,
});
const stray = (suspects: TaskId[], worker = 0): RunFact => ({
  type: "stray-error",
  worker,
  suspects,
  error: ERROR,
});
const ran = (task: TaskId, outcome: TaskOutcome = PASSED): RunFact[] => [
  queued(task),
  started(task),
  finished(task, outcome),
];

function stamp(facts: readonly RunFact[]): RunEvent[] {
  return facts.map((fact, seq) => ({ ...fact, seq, elapsedMs: seq }));
}

function check(facts: readonly RunFact[], skipDependents = true): void {
  assertWellFormed(stamp(facts), GRAPH, { skipDependents });
}

Deno.test("assertWellFormed() accepts runs that follow every rule", () => {
  check([begin, ...ran(A), output(null), ...ran(C), ...ran(B), stray([B]), end]);
  check([begin, queued(A), started(A), output(A), finished(A), ...ran(C), ...ran(B), end]);
  check([begin, ...ran(A), queued(C), started(C), output(A), finished(C), ...ran(B), end]);
  check([begin, ...ran(A, FAILED), skipped(B, A, A), ...ran(C), end]);
  check([begin, ...ran(A, FAILED), ...ran(B), ...ran(C), end], false);
  check([
    ...[
      begin,
      queued(A),
      started(A),
      output(A),
      retried(A),
      ...ran(C),
      queued(A),
      started(A, 1, 2),
    ],
    ...[output(A, 1), finished(A, PASSED, 1), ...ran(B), stray([A]), stray([A], 1), end],
  ]);
  check([
    ...[begin, queued(A), queued(C), started(A), retried(A), cancel, finished(B, CANCELLED, null)],
    ...[finished(C, CANCELLED, null), finished(A, CANCELLED, null), end],
  ]);
  check([
    ...[begin, queued(A), queued(C), started(A), cancel, finished(B, CANCELLED, null)],
    ...[finished(C, CANCELLED, null), finished(A, CANCELLED), end],
  ]);
});

const malformed: Record<string, [facts: RunFact[], problem: string]> = {
  "no run-started": [[...ran(A), ...ran(B), ...ran(C), end], "run-started comes first"],
  "two run-started": [[begin, begin], "run-started comes first"],
  "no run-finished": [[begin, ...ran(A), ...ran(B), ...ran(C)], "run-finished comes last"],
  "an event after run-finished": [
    [begin, ...ran(A), ...ran(B), ...ran(C), end, output(null)],
    "after run-finished",
  ],
  "a task without an outcome": [[begin, ...ran(A), ...ran(B), end], "task 2 has no outcome"],
  "two outcomes": [[begin, ...ran(A), finished(A)], "finished twice"],
  "a start that was not queued": [[begin, started(A)], "was not queued"],
  "an attempt that was not queued": [
    [begin, queued(A), started(A), retried(A), started(A, 0, 2)],
    "was not queued",
  ],
  "an attempt out of order": [
    [begin, queued(A), started(A, 0, 2)],
    "attempt 2 comes after attempt 0",
  ],
  "a retry of a task that does not run": [[begin, queued(A), retried(A)], "does not run"],
  "a retry of another attempt": [[begin, queued(A), started(A), retried(A, 0, 2)], "not under way"],
  "a task queued twice": [[begin, queued(A), queued(A)], "queued twice"],
  "a task queued before its dependency": [[begin, queued(B)], "dependency 0 has not finished"],
  "a task queued after a failed dependency": [
    [begin, ...ran(A, FAILED), queued(B)],
    "dependency 0 did not pass",
  ],
  "a task started twice": [
    [begin, queued(A), started(A), started(A, 1)],
    "started twice",
  ],
  "two tasks on one worker": [
    [begin, queued(A), queued(C), started(A), started(C)],
    "runs another task",
  ],
  "an unknown worker": [[begin, queued(A), started(A, 2)], "no worker 2"],
  "an unknown task": [[begin, queued(7 as TaskId)], "no task 7"],
  "output before the start": [[begin, queued(A), output(A)], "task 0 never ran on 0"],
  "output of another worker": [
    [begin, queued(A), started(A), output(A, 1)],
    "task 0 never ran on 1",
  ],
  "a line break in output": [[begin, output(null, 0, "a\nb")], "line break"],
  "a finish on another worker": [
    [begin, queued(A), started(A), finished(A, PASSED, 1)],
    "ran on worker 0, not on 1",
  ],
  "a pass without a start": [[begin, queued(A), finished(A, PASSED, null)], "it never ran"],
  "a fail without a start": [[begin, queued(A), finished(A, FAILED, null)], "it never ran"],
  "a skip for a task that passed": [[begin, ...ran(A), skipped(B, A, A)], "did not fail"],
  "a skip via a task that is not a dependency": [
    [begin, ...ran(C, FAILED), skipped(B, C, C)],
    "is no dependency",
  ],
  "a skip via a task that was not skipped": [
    [begin, ...ran(C, FAILED), ...ran(A), skipped(B, A, C)],
    "was not skipped for",
  ],
  "a skip of a queued task": [[begin, ...ran(A), queued(B), skipped(B, A, A)], "was queued"],
  "a cancel without run-cancelled": [
    [begin, finished(A, CANCELLED, null)],
    "the run was not cancelled so",
  ],
  "a cancel for another reason": [
    [begin, { type: "run-cancelled", reason: "interrupted" }, finished(A, CANCELLED, null)],
    "the run was not cancelled so",
  ],
  "two run-cancelled": [[begin, cancel, cancel], "cancelled twice"],
  "a start after run-cancelled": [
    [begin, queued(A), cancel, started(A)],
    "the run was cancelled",
  ],
  "a stray error of a task that never ran there": [
    [begin, ...ran(A), stray([A], 1)],
    "never ran on 1",
  ],
  "other tasks than the graph's": [
    [{ ...begin, tasks: [] } as RunFact],
    "event 0",
  ],
};

for (const [kind, [facts, problem]] of Object.entries(malformed)) {
  Deno.test(`assertWellFormed() rejects ${kind}`, () => {
    assertThrows(() => check(facts), Error, problem);
  });
}

Deno.test("assertWellFormed() rejects a skip when nothing may be skipped", () => {
  const facts = [begin, ...ran(A, FAILED), skipped(B, A, A), ...ran(C), end];
  assertThrows(() => check(facts, false), Error, "skips nothing");
});

Deno.test("assertWellFormed() rejects gaps in seq, decreasing times and values beyond JSON", () => {
  const events = stamp([begin, ...ran(A), ...ran(B), ...ran(C), end]);
  const change = (index: number, changes: Partial<RunEvent>) =>
    events.map((event, i) => i === index ? { ...event, ...changes } as RunEvent : event);
  const run = (changed: RunEvent[]) => assertWellFormed(changed, GRAPH, { skipDependents: true });
  run(events);
  assertThrows(() => run(change(3, { seq: 4 })), Error, "seq is 4");
  assertThrows(() => run(change(3, { elapsedMs: 1 })), Error, "elapsedMs decreased");
  assertThrows(() => run(change(3, { elapsedMs: NaN })), Error, "not plain JSON");
});
