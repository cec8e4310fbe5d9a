/**
 * Events of a run. Everything that a run reports is one of these events: the lines, the summary,
 * the web UI and recordings are derived from them and from nothing else. Every event is plain JSON.
 *
 * ## The grammar of a run
 *
 * - `run-started` comes first and `run-finished` last, each exactly once.
 * - `seq` counts 0, 1, 2, … without gaps; `elapsedMs` never decreases.
 * - Every task has exactly one `task-finished`, including skipped and cancelled ones.
 * - An attempt goes from `task-started` to `task-retried` or `task-finished`. Attempts count 1, 2,
 *   …; each is queued before it starts. The first `task-queued` of a task follows the
 *   `task-finished` of every dependency. Where dependents are skipped, all of these passed, or
 *   skipped themselves and let their dependents run, unless the task is one that runs after
 *   failures (`when: "failed"` or `"always"`).
 * - During an attempt its worker starts nothing else; there are never more than `workers` attempts
 *   at a time, without set-ups and tear-downs: each resource has a thread of its own, numbered
 *   from `workers` on, except in an inline run. The end of an attempt names its worker; a task that
 *   ends without a running attempt names none.
 * - A resource that each thread has for itself is two nodes for each thread, with its `worker`, on
 *   which alone they run. Its users do not depend on the set-ups: before a user starts, those of
 *   its thread have passed. They may start after `run-cancelled`, for a user that always runs. If
 *   the thread is lost, the set-up is queued once more, or the tear-down is skipped.
 * - A resource is two nodes: its set-up, which its users depend on, and its tear-down, which
 *   depends on the set-up and on all users. A tear-down runs if the set-up passed, also in a
 *   cancelled run, and is skipped otherwise.
 * - The set-up of a resource that is lost and set up again is queued, started and finished once
 *   more after it has passed. Its users may be queued meanwhile, and start when it has passed
 *   again.
 * - A skipped task names one of its dependencies, and as cause a task that failed or that skipped
 *   itself, a resource that was lost, or none. A task that skipped itself was running, and names a
 *   reason instead. A set-up that no user needed names nothing.
 * - A cancelled task follows `run-cancelled`, with the same reason. It has an error only if it was
 *   running.
 * - `task-output` that names a task follows a `task-started` of it, from the worker of that
 *   attempt. A child process, a timer or another callback that outlives its task prints after its
 *   `task-finished`, also while the worker runs another task. Output without a task came from a
 *   hook, which it names, or from the module's own code. A `text` is one line.
 * - The suspects of a `stray-error` ran on its worker; one that names a hook, or is of the main
 *   thread, has none.
 * - After `run-cancelled`, which occurs at most once, only tasks that run after failures are
 *   started.
 */
import type { ErrorRecord } from "../base/error_record.ts";
import type { LogLevel } from "../task/context.ts";
import type { HookName } from "../task/hooks.ts";
import type { ResourceNodeKind, TaskId } from "../task/task.ts";

/**
 * Version of the recording format, in the first line of a recording. It changes when readers have
 * to.
 */
export const EVENT_SCHEMA = 1;

/** The fields that every event has. */
export interface EventStamp {
  /** Sequence number within the run, from 0. */
  readonly seq: number;
  /** Time of the event in milliseconds since the run's start. */
  readonly elapsedMs: number;
}

/** A task of a run, in `run-started`; its index in the array is its id. */
export interface TaskInfo {
  /** The task's name, unique within the run. */
  readonly name: string;
  /**
   * The kind of the node, if it is no task: the set-up of a resource (`"resource"`), or its
   * tear-down (`"teardown"`), whose first dependency is the set-up.
   */
  readonly kind?: ResourceNodeKind;
  /** Of a resource that each thread has for itself: the number of the thread that it belongs to. */
  readonly worker?: number;
  /** Ids of its dependencies. */
  readonly after: readonly TaskId[];
  /** The tags that `--tags` selects by. */
  readonly tags: readonly string[];
  /** Maximum number of attempts; absent if there is one. */
  readonly attempts?: number;
}

/** The outcome of a task. A failure is data, never an exception. */
export type TaskOutcome =
  | { readonly status: "passed" }
  | { readonly status: "failed"; readonly error: ErrorRecord }
  | {
    readonly status: "skipped";
    /**
     * The dependency that did not pass; for a task that was not needed, its last dependency. Null
     * for a task that skipped itself.
     */
    readonly via: TaskId | null;
    /**
     * The task that failed, or that skipped itself: `via`, or one of its transitive dependencies.
     * Null if none did: the task runs only after a failure, or depends on such a task.
     */
    readonly cause: TaskId | null;
    /** The reason that `task.skip` was given, by the task or by `cause`; absent after a failure. */
    readonly reason?: string;
    /** Present if the task skipped itself and its dependents run as if it had passed. */
    readonly dependents?: "run";
  }
  | {
    readonly status: "cancelled";
    /** The reason for the cancellation. */
    readonly reason: CancelReason;
    /** The error thrown after the attempt was aborted, unless it is the abort itself. */
    readonly error?: ErrorRecord;
  };

/** The status of a finished task. */
export type TaskStatus = TaskOutcome["status"];

/**
 * The reason for the cancellation of a run:
 *
 * - `"interrupted"`: a signal, such as that of Ctrl-C.
 * - `"aborted"`: an AbortSignal.
 * - `"fail-fast"`: the failure limit.
 * - `"deadline"`: the time limit of the run.
 */
export type CancelReason = "interrupted" | "aborted" | "fail-fast" | "deadline";

/** Cancel reasons as text. */
export const CANCEL_REASON_TEXT: Readonly<Record<CancelReason, string>> = {
  "interrupted": "the run was interrupted",
  "aborted": "the run was aborted",
  "fail-fast": "the failure limit was reached",
  "deadline": "the run has passed its deadline",
};

/** Whether a task was skipped because of a failure. */
export function isSkippedByFailure(outcome: TaskOutcome): boolean {
  return outcome.status === "skipped" && outcome.cause !== null && outcome.reason === undefined;
}

/** Whether a task was skipped since nothing had failed: it runs after failures alone. */
export function isUnneeded(outcome: TaskOutcome): boolean {
  return outcome.status === "skipped" && outcome.cause === null && outcome.reason === undefined;
}

/** The channel of a line of output. */
export type OutputChannel = "stdout" | "stderr" | "log";

/** The place of a run among the shards of a larger one: `--shard=1/3`. */
export interface RunShard {
  /** Number of the shard, from 1. */
  readonly index: number;
  /** Number of shards. */
  readonly count: number;
  /** The module, as typed. */
  readonly module: string;
  /** The paths of its modules, if it is a folder, a glob or a list; relative if these are. */
  readonly modules?: readonly string[];
  /** All tasks of the larger run. Their dependencies are ids in this list. */
  readonly tasks: readonly TaskInfo[];
}

/** The run has started. */
export interface RunStarted {
  /** Discriminator of the union. */
  readonly type: "run-started";
  /** All tasks of the run; a task's index is its id. */
  readonly tasks: readonly TaskInfo[];
  /** Maximum number of concurrent attempts: the number of threads. */
  readonly workers: number;
  /** Wall-clock time in ISO 8601. */
  readonly startedAt: string;
  /** Tasks that do not run, since their results were given. */
  readonly mocked: readonly string[];
  /** Present if the run is a shard of a larger one. */
  readonly shard?: RunShard;
}

/** All dependencies of a task have finished; the task waits for a thread. */
export interface TaskQueued {
  /** Discriminator of the union. */
  readonly type: "task-queued";
  /** The task's id. */
  readonly task: TaskId;
}

/** A worker has started an attempt of a task. */
export interface TaskStarted {
  /** Discriminator of the union. */
  readonly type: "task-started";
  /** The task's id. */
  readonly task: TaskId;
  /** The thread's number, from 0. */
  readonly worker: number;
  /** The attempt's number, from 1. */
  readonly attempt: number;
}

/** An attempt has failed, and another follows: the task waits, then is queued again. */
export interface TaskRetried {
  /** Discriminator of the union. */
  readonly type: "task-retried";
  /** The task's id. */
  readonly task: TaskId;
  /** The number of the thread that ran the attempt, from 0. */
  readonly worker: number;
  /** The number of the failed attempt, from 1. */
  readonly attempt: number;
  /** The error of the attempt. */
  readonly error: ErrorRecord;
  /** Delay until the task is queued again, in milliseconds. */
  readonly delayMs: number;
}

/** Code of a task, a hook or a module has printed a line. */
export interface TaskOutput {
  /** Discriminator of the union. */
  readonly type: "task-output";
  /**
   * The task that started the code which printed the line; it may have finished. Null if no task
   * did.
   */
  readonly task: TaskId | null;
  /** The hook that started the code which printed the line, if a hook did: `setupWorker`. */
  readonly hook?: HookName;
  /** The thread's number, from 0. */
  readonly worker: number;
  /** The channel that the line was written to. */
  readonly channel: OutputChannel;
  /** The severity of the line. */
  readonly level: LogLevel;
  /** The line without its line break. */
  readonly text: string;
}

/** The use of the cache for a task. */
export interface CacheNote {
  /** Present if the function was not called: result, output and files are those of an entry. */
  readonly cached?: true;
  /** The reason that the outcome is not in the cache; completes `it is not cached: …`. */
  readonly notCached?: string;
  /** The inputs that differ from those of the closest entry: `file src/a.ts changed`. */
  readonly changed?: readonly string[];
}

/** A task has finished: it has its outcome. */
export interface TaskFinished extends CacheNote {
  /** Discriminator of the union. */
  readonly type: "task-finished";
  /** The task's id. */
  readonly task: TaskId;
  /** The number of the thread that ran the task, or null if the task was not running. */
  readonly worker: number | null;
  /** The task's outcome. */
  readonly outcome: TaskOutcome;
  /**
   * The state keys written by the task's attempts; absent if there are none or the run has no
   * journal.
   */
  readonly wrote?: readonly string[];
  /**
   * Present if a tear-down has disposed of nothing: in a watch, the resource stays for the next
   * runs.
   */
  readonly kept?: true;
}

/**
 * An uncaught error outside of a task's call: an unhandled rejection, or an error of a timer or a
 * hook. It fails the run, although no task's outcome shows it.
 */
export interface StrayError {
  /** Discriminator of the union. */
  readonly type: "stray-error";
  /** The thread's number, from 0; null for the main thread outside of its tasks. */
  readonly worker: number | null;
  /**
   * The tasks that may have caused the error: those that the worker has run since its last check.
   */
  readonly suspects: readonly TaskId[];
  /** The hook that caused the error; then no task is suspected. */
  readonly hook?: HookName;
  /** The error. */
  readonly error: ErrorRecord;
}

/**
 * A worker thread was lost together with its running task. If tasks remain, another thread replaces
 * it.
 */
export interface WorkerLost {
  /** Discriminator of the union. */
  readonly type: "worker-lost";
  /** The thread's number, from 0. */
  readonly worker: number;
  /** The cause of the loss. */
  readonly error: ErrorRecord;
}

/** The run was cancelled: no further tasks start, except those that run after failures. */
export interface RunCancelled {
  /** Discriminator of the union. */
  readonly type: "run-cancelled";
  /** The reason for the cancellation. */
  readonly reason: CancelReason;
}

/** Every task has an outcome, and all messages of the workers were delivered. */
export interface RunFinished {
  /** Discriminator of the union. */
  readonly type: "run-finished";
  /** Wall-clock time in ISO 8601. */
  readonly finishedAt: string;
}

/** An event before the stream adds its sequence number and time. */
export type RunFact =
  | RunStarted
  | TaskQueued
  | TaskStarted
  | TaskOutput
  | TaskRetried
  | TaskFinished
  | StrayError
  | WorkerLost
  | RunCancelled
  | RunFinished;

/**
 * An event of a run, plain JSON: a union with the discriminator `type`. A run begins with
 * `run-started`, ends with `run-finished`, and has exactly one `task-finished` for every task.
 *
 * ```ts
 * import type { RunEvent } from "@thread-order/cli";
 *
 * export function describe(event: RunEvent): string {
 *   switch (event.type) {
 *     case "run-started":
 *       return `${event.tasks.length} tasks`;
 *     case "task-finished":
 *       return `task ${event.task}: ${event.outcome.status}`;
 *     default:
 *       return event.type;
 *   }
 * }
 * ```
 */
export type RunEvent = RunFact & EventStamp;

/** The name of a thread as users see it: `thread_0`, or `main thread` for null. */
export function threadName(worker: number | null): string {
  return worker === null ? "main thread" : `thread_${worker}`;
}
