/** A run in which all user-controlled text attacks a page that shows it. */
import type { RunEvent, RunFact } from "../../src/events/run_event.ts";
import type { TaskId } from "../../src/task/task.ts";

/** Text with an effect if it is interpreted as HTML. */
export const HOSTILE_TEXT =
  `</script><script>document.title = "run"</script><img src=x onerror="document.title='run'">`;

/** Returns the events of the run. */
export function hostileEvents(): RunEvent[] {
  const error = {
    type: HOSTILE_TEXT,
    message: `${HOSTILE_TEXT}\n${HOSTILE_TEXT}`,
    stack: `${HOSTILE_TEXT}\n    at ${HOSTILE_TEXT} (file:///project/${HOSTILE_TEXT}.ts:1:1)`,
    props: { [HOSTILE_TEXT]: HOSTILE_TEXT },
    errors: [{ type: HOSTILE_TEXT, message: HOSTILE_TEXT }],
    cause: { type: HOSTILE_TEXT, message: HOSTILE_TEXT },
  };
  const [a, b, c] = [0, 1, 2] as TaskId[] as [TaskId, TaskId, TaskId];
  const output = { task: a, worker: 0, channel: "stdout", level: "info" } as const;
  const facts: RunFact[] = [
    {
      type: "run-started",
      tasks: [
        { name: HOSTILE_TEXT, after: [], tags: [HOSTILE_TEXT] },
        { name: `b${HOSTILE_TEXT}`, after: [a], tags: [] },
        { name: `c${HOSTILE_TEXT}`, after: [], tags: [HOSTILE_TEXT] },
      ],
      workers: 1,
      startedAt: HOSTILE_TEXT,
      mocked: [HOSTILE_TEXT],
    },
    { type: "task-queued", task: a },
    { type: "task-started", task: a, worker: 0, attempt: 1 },
    { type: "task-output", ...output, text: HOSTILE_TEXT },
    { type: "task-finished", task: a, worker: 0, outcome: { status: "failed", error } },
    {
      type: "task-finished",
      task: b,
      worker: null,
      outcome: { status: "skipped", via: a, cause: a },
    },
    { type: "stray-error", worker: 0, suspects: [a], error },
    { type: "task-queued", task: c },
    { type: "task-started", task: c, worker: 0, attempt: 1 },
    { type: "task-retried", task: c, worker: 0, attempt: 1, error, delayMs: 0 },
    { type: "task-queued", task: c },
    { type: "task-started", task: c, worker: 0, attempt: 2 },
    { type: "task-finished", task: c, worker: 0, outcome: { status: "passed" } },
    { type: "worker-lost", worker: 0, error },
    { type: "run-finished", finishedAt: HOSTILE_TEXT },
  ];
  return facts.map((fact, seq) => ({ ...fact, seq, elapsedMs: seq * 10 }));
}
