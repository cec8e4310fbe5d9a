/**
 * Validates events that were read from a file. The fold of the events does not check them: an event
 * with an invalid task index would fail at an arbitrary point.
 */
import { levelsOf } from "../layout/levels.ts";
import type { RunEvent, TaskInfo } from "./run_event.ts";

type Fields = Readonly<Record<string, unknown>>;
/** Checks the value at a path. Returns the error, or undefined. */
type Check = (value: unknown, path: string, tasks: number) => string | undefined;

/** Limit of thread numbers: more than any machine has; each thread is a row of the page. */
const THREADS_MAX = 10_000;

const text: Check = (value, path) =>
  typeof value === "string" ? undefined : `expected a string at ${path}`;
const number: Check = (value, path) =>
  typeof value === "number" ? undefined : `expected a number at ${path}`;
const index = (what: string, max?: number): Check => (value, path, tasks) => {
  const count = max ?? tasks;
  if (Number.isInteger(value) && Number(value) >= 0 && Number(value) < count) return undefined;
  return `expected ${what} at ${path}, got ${JSON.stringify(value)}`;
};
const orNull = (check: Check): Check => (value, ...at) =>
  value === null ? undefined : check(value, ...at);
const orNone = (check: Check): Check => (value, ...at) =>
  value === undefined ? undefined : check(value, ...at);
const listOf = (check: Check): Check => (value, path, tasks) => {
  if (!Array.isArray(value)) return `expected an array at ${path}`;
  for (const [i, it] of value.entries()) {
    const flaw = check(it, `${path}[${i}]`, tasks);
    if (flaw !== undefined) return flaw;
  }
  return undefined;
};
const fields = (checks: Readonly<Record<string, Check>>): Check => (value, path, tasks) => {
  if (typeof value !== "object" || value === null) return `expected an object at ${path}`;
  for (const [name, check] of Object.entries(checks)) {
    const flaw = check((value as Fields)[name], path === "" ? name : `${path}.${name}`, tasks);
    if (flaw !== undefined) return flaw;
  }
  return undefined;
};

const task = index("the index of a task");
const worker = index("the number of a thread", THREADS_MAX);
const error: Check = (value, ...at) =>
  fields({
    type: text,
    message: text,
    stack: orNone(text),
    cause: orNone(error),
    errors: orNone(listOf(error)),
    props: orNone(fields({})),
  })(value, ...at);

const OUTCOMES: Readonly<Record<string, Check>> = {
  passed: fields({}),
  failed: fields({ error }),
  skipped: fields({
    via: orNull(task),
    cause: orNull(task),
    reason: orNone(text),
    dependents: orNone(text),
  }),
  cancelled: fields({ reason: text, error: orNone(error) }),
};
const outcome: Check = (value, path, tasks) => {
  const status = String((value as Fields | null | undefined)?.status);
  if (!Object.hasOwn(OUTCOMES, status)) return `expected an outcome at ${path}`;
  return OUTCOMES[status]!(value, path, tasks);
};

const CHECKS: Readonly<Record<RunEvent["type"], Check>> = {
  "run-started": () => "another run starts here",
  "task-queued": fields({ task }),
  "task-started": fields({ task, worker, attempt: number }),
  "task-retried": fields({ task, worker, attempt: number, delayMs: number, error }),
  "task-output": fields({ task: orNull(task), worker, channel: text, level: text, text }),
  "task-finished": fields({
    task,
    worker: orNull(worker),
    outcome,
    notCached: orNone(text),
    changed: orNone(listOf(text)),
  }),
  "stray-error": fields({ worker: orNull(worker), suspects: listOf(task), error }),
  "worker-lost": fields({ worker, error }),
  "run-cancelled": fields({ reason: text }),
  "run-finished": fields({ finishedAt: text }),
};

const tasks = listOf(fields({ name: text, after: listOf(task), tags: listOf(text) }));
const shard: Check = (value, path) => {
  const all = (value as Fields | null)?.tasks;
  const check = fields({
    index: number,
    count: number,
    module: text,
    modules: orNone(listOf(text)),
    tasks,
  });
  return check(value, path, Array.isArray(all) ? all.length : 0);
};

const START = fields({
  tasks,
  workers: worker,
  startedAt: text,
  mocked: listOf(text),
  elapsedMs: number,
  shard: orNone(shard),
});

/** Whether a type of events is known. */
export function isKnown(type: string): type is RunEvent["type"] {
  return Object.hasOwn(CHECKS, type);
}

/**
 * Validates an event of a known type.
 *
 * @param tasks Number of tasks of the run.
 * @returns The error, or undefined.
 */
export function validateEvent(event: Fields, tasks: number): string | undefined {
  return number(event.elapsedMs, "elapsedMs", 0) ??
    CHECKS[event.type as RunEvent["type"]](event, "", tasks);
}

/** Validates the `run-started` event, including that the tasks form an acyclic graph. */
export function validateRunStarted(event: Fields): string | undefined {
  const count = Array.isArray(event.tasks) ? event.tasks.length : 0;
  const flaw = START(event, "", count);
  if (flaw !== undefined) return flaw;
  const tasks = event.tasks as readonly TaskInfo[];
  const levels = levelsOf(tasks);
  const isOrdered = tasks.every(({ after }, id) => after.every((it) => levels[it]! < levels[id]!));
  return isOrdered ? undefined : "the tasks depend on each other";
}
