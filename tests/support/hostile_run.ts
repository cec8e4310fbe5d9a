/** A run whose names, texts and errors are attacks on a page that shows them. */
import type { RunEvent, RunFact } from "../../src/events/run_event.ts";
import type { TaskId } from "../../src/task/task.ts";

/** Text that is executed where it is treated as HTML. */
export const EVIL =
  `</script><script>document.title = "run"</script><img src=x onerror="document.title='run'">`;

/** The events of the run. */
export function evilEvents(): RunEvent[] {
  const error = {
    type: EVIL,
    message: `${EVIL}\n${EVIL}`,
    stack: `${EVIL}\n    at ${EVIL} (file:///project/${EVIL}.ts:1:1)`,
    props: { [EVIL]: EVIL },
    errors: [{ type: EVIL, message: EVIL }],
    cause: { type: EVIL, message: EVIL },
  };
  const [a, b, c] = [0, 1, 2] as TaskId[] as [TaskId, TaskId, TaskId];
  const output = { task: a, worker: 0, channel: "stdout", level: "info" } as const;
  const facts: RunFact[] = [
    {
      type: "run-started",
      tasks: [
        { name: EVIL, after: [], tags: [EVIL] },
        { name: `b${EVIL}`, after: [a], tags: [] },
        { name: `c${EVIL}`, after: [], tags: [EVIL] },
      ],
      workers: 1,
      startedAt: EVIL,
      mocked: [EVIL],
    },
    { type: "task-queued", task: a },
    { type: "task-started", task: a, worker: 0, attempt: 1 },
    { type: "task-output", ...output, text: EVIL },
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
    { type: "run-finished", finishedAt: EVIL },
  ];
  return facts.map((fact, seq) => ({ ...fact, seq, elapsedMs: seq * 10 }));
}
