/**
 * Samples: one event of each type with all its fields. The types of these tables matter more than
 * their values: a new event, field or union member does not compile here until it is added, and
 * then differs from docs/events.schema.json until it is added there.
 */
import type { ErrorRecord } from "../../src/base/error_record.ts";
import type {
  CancelReason,
  OutputChannel,
  RunEvent,
  RunShard,
  TaskInfo,
  TaskOutcome,
  TaskStatus,
} from "../../src/events/run_event.ts";
import type { LogLevel } from "../../src/task/context.ts";
import type { TaskId } from "../../src/task/task.ts";

/** All fields, including optional ones. */
type Whole<T> = { readonly [K in keyof T]-?: T[K] };

const task = 3 as TaskId;
const stamp = { seq: 7, elapsedMs: 12.5 };

/** An error with all fields. */
export const WHOLE_ERROR: Whole<ErrorRecord> = {
  type: "DeployError",
  message: "cannot deploy",
  stack: "DeployError: cannot deploy\n    at deploy (file:///project/deploy.ts:12:9)",
  cause: { type: "TypeError", message: "invalid key" },
  errors: [{ type: "string", message: "refused" }],
  props: { code: "E_DEPLOY" },
};

/** A task as in `run-started`. */
export const WHOLE_TASK: Whole<TaskInfo> = {
  name: "deploy",
  kind: "resource",
  worker: 0,
  after: [task],
  tags: ["slow"],
  attempts: 3,
};

/** The place of a shard. */
export const WHOLE_SHARD: Whole<RunShard> = {
  index: 1,
  count: 3,
  module: "flows",
  modules: ["flows/deploy.ts", "flows/test.ts"],
  tasks: [WHOLE_TASK],
};

/** Each outcome. */
export const OUTCOMES: { readonly [S in TaskStatus]: Whole<Extract<TaskOutcome, { status: S }>> } =
  {
    passed: { status: "passed" },
    failed: { status: "failed", error: WHOLE_ERROR },
    skipped: {
      status: "skipped",
      via: task,
      cause: null,
      reason: "no database",
      dependents: "run",
    },
    cancelled: { status: "cancelled", reason: "deadline", error: WHOLE_ERROR },
  };

/** Each event. */
export const EVENTS: {
  readonly [T in RunEvent["type"]]: Whole<Extract<RunEvent, { type: T }>>;
} = {
  "run-started": {
    ...{ type: "run-started", tasks: [WHOLE_TASK], workers: 2, mocked: ["load"] },
    shard: WHOLE_SHARD,
    ...{ startedAt: "2026-11-23T20:56:47.573Z", ...stamp },
  },
  "task-queued": { type: "task-queued", task, ...stamp },
  "task-started": { type: "task-started", task, worker: 1, attempt: 1, ...stamp },
  "task-output": {
    ...{ type: "task-output", task: null, hook: "setupWorker", worker: 1 },
    ...{ channel: "log", level: "warn" },
    ...{ text: "a line", ...stamp },
  },
  "task-retried": {
    ...{ type: "task-retried", task, worker: 1, attempt: 1, error: WHOLE_ERROR, delayMs: 500 },
    ...stamp,
  },
  "task-finished": {
    ...{ type: "task-finished", task, worker: null, outcome: OUTCOMES.failed },
    ...{ cached: true, notCached: "it reads state.mode", changed: ["file a.ts changed"] },
    ...{ wrote: ["items"], kept: true, ...stamp },
  },
  "stray-error": {
    ...{ type: "stray-error", worker: 1, suspects: [task], hook: "teardownWorker" },
    ...{ error: WHOLE_ERROR, ...stamp },
  },
  "worker-lost": { type: "worker-lost", worker: 1, error: WHOLE_ERROR, ...stamp },
  "run-cancelled": { type: "run-cancelled", reason: "aborted", ...stamp },
  "run-finished": { type: "run-finished", finishedAt: "2026-11-23T20:56:50.073Z", ...stamp },
};

/** The members of the string unions, by their name in the schema. */
export const ENUMS: {
  readonly cancelReason: Readonly<Record<CancelReason, true>>;
  readonly channel: Readonly<Record<OutputChannel, true>>;
  readonly level: Readonly<Record<LogLevel, true>>;
} = {
  cancelReason: { interrupted: true, aborted: true, "fail-fast": true, deadline: true },
  channel: { stdout: true, stderr: true, log: true },
  level: { debug: true, info: true, warn: true, error: true },
};
