/**
 * Something that happened during a run. This union is the constitution: the scheduler tells the world
 * what it does through it and through nothing else; the lines, the summary, a web page and a recording
 * are all made of it. Every event is plain JSON.
 *
 * ## The grammar of a run
 *
 * - `run-started` comes first and `run-finished` last, each exactly once.
 * - `seq` counts 0, 1, 2, … without gaps; `elapsedMs` never decreases.
 * - Every task has exactly one `task-finished`, skipped and cancelled ones included.
 * - An attempt goes from `task-started` to `task-retried` or `task-finished`. Attempts count 1, 2, …;
 *   each is queued before it starts. The first `task-queued` of a task comes after the `task-finished`
 *   of every dependency. Where dependents are skipped, all of these passed, unless the task is one that
 *   runs after failures (`when: "failed"` or `"always"`).
 * - During an attempt its worker starts nothing else; there are never more than `workers` attempts at
 *   a time. The end of an attempt names its worker; a task that ends while none is under way names
 *   none.
 * - A skipped task names one of its dependencies, and as cause a task that failed, or none.
 * - A cancelled task comes after `run-cancelled`, with the same reason. It has an error only if it was running.
 * - `task-output` that names a task comes after a `task-started` of it, from the worker of that attempt. A
 *   child process, a timer or another callback that outlives its task prints after its `task-finished`, also
 *   while the worker runs another task. Output without a task came from a hook, which it names, or from the
 *   module's own code. A `text` is one line.
 * - The suspects of a `stray-error` ran on its worker; one that names a hook, or is of the main thread, has
 *   none.
 * - After `run-cancelled`, which comes at most once, no task is started but those that run after failures.
 */
import type { ErrorRecord } from "../base/error_record.ts";
import type { LogLevel } from "../task/context.ts";
import type { HookName } from "../task/hooks.ts";
import type { TaskId } from "../task/task.ts";

/** Stands in the first line of a recording. It changes when a reader of the lines would have to. */
export const EVENT_SCHEMA = 1;

/** What every event carries. */
export interface EventStamp {
  /** The event's place in the run, from 0. */
  readonly seq: number;
  /** Milliseconds since the run started, when it happened. */
  readonly elapsedMs: number;
}

/** A task, as `run-started` introduces it; its place in the array is its id. */
export interface TaskInfo {
  /** Unique within the run. */
  readonly name: string;
  /** The ids of the tasks it comes after. */
  readonly after: readonly TaskId[];
  /** What `--tags` selects by. */
  readonly tags: readonly string[];
}

/** How a task ended. A failing task is data, never an exception. */
export type TaskOutcome =
  | { readonly status: "passed" }
  | { readonly status: "failed"; readonly error: ErrorRecord }
  | {
    readonly status: "skipped";
    /** The dependency that did not pass; for a task that was not needed, its last dependency. */
    readonly via: TaskId;
    /**
     * The task that failed: `via` itself, or one further back. Null when none did: the task is one
     * that runs only after a failure, or comes after such a task.
     */
    readonly cause: TaskId | null;
  }
  | {
    readonly status: "cancelled";
    /** Why the run was cut short. */
    readonly reason: CancelReason;
    /** What it threw after its attempt was aborted, unless that is the abort itself. */
    readonly error?: ErrorRecord;
  };

/** How a task may end. */
export type TaskStatus = TaskOutcome["status"];

/** Why a run was cut short: a signal, an AbortSignal, too many failures, or its deadline. */
export type CancelReason = "interrupted" | "aborted" | "fail-fast" | "deadline";

/** Why a run was cut short, as people are told. */
export const CANCEL_REASON_TEXT: Readonly<Record<CancelReason, string>> = {
  "interrupted": "the run was interrupted",
  "aborted": "the run was aborted",
  "fail-fast": "enough tasks have failed",
  "deadline": "the run has passed its deadline",
};

/** Where a line of output came from. */
export type OutputChannel = "stdout" | "stderr" | "log";

/** The run begins. */
export interface RunStarted {
  /** Tells this event from the others. */
  readonly type: "run-started";
  /** All tasks of the run; the place of a task is its id. */
  readonly tasks: readonly TaskInfo[];
  /** How many threads may run tasks at once. */
  readonly workers: number;
  /** Wall-clock time, ISO 8601. */
  readonly startedAt: string;
  /** Tasks that are not run, since their results were given. */
  readonly mocked: readonly string[];
}

/** All dependencies of a task are settled; only a thread is missing. */
export interface TaskQueued {
  /** Tells this event from the others. */
  readonly type: "task-queued";
  /** Which task. */
  readonly task: TaskId;
}

/** A worker has taken a task. */
export interface TaskStarted {
  /** Tells this event from the others. */
  readonly type: "task-started";
  /** Which task. */
  readonly task: TaskId;
  /** Which thread, from 0. */
  readonly worker: number;
  /** Which attempt this is, from 1. */
  readonly attempt: number;
}

/** An attempt has failed, and another follows: the task waits, then is queued again. */
export interface TaskRetried {
  /** Tells this event from the others. */
  readonly type: "task-retried";
  /** Which task. */
  readonly task: TaskId;
  /** The thread the attempt ran on, from 0. */
  readonly worker: number;
  /** The attempt that failed, from 1. */
  readonly attempt: number;
  /** What went wrong. */
  readonly error: ErrorRecord;
  /** How long the task waits until it is queued again, in milliseconds. */
  readonly delayMs: number;
}

/** A line of text from a task. */
export interface TaskOutput {
  /** Tells this event from the others. */
  readonly type: "task-output";
  /** The task that started the code which printed it; it may have finished. Null where no task did. */
  readonly task: TaskId | null;
  /** The hook of the module that started the code which printed it, if one did: `setupWorker`. */
  readonly hook?: HookName;
  /** Which thread, from 0. */
  readonly worker: number;
  /** Where it came from. */
  readonly channel: OutputChannel;
  /** How much it matters. */
  readonly level: LogLevel;
  /** Without the line break at its end. */
  readonly text: string;
}

/** A task has its outcome. */
export interface TaskFinished {
  /** Tells this event from the others. */
  readonly type: "task-finished";
  /** Which task. */
  readonly task: TaskId;
  /** The thread it was running on, or null when it was not running. */
  readonly worker: number | null;
  /** How it ended. */
  readonly outcome: TaskOutcome;
  /** The keys of the state that its attempts have written; absent where there are none, or the run has no journal. */
  readonly wrote?: readonly string[];
}

/**
 * An error nobody caught, outside of the call of a task: a promise left to reject, a timer that throws, a
 * hook that does. It fails the run, since somebody's work went wrong, though no task's outcome says so.
 */
export interface StrayError {
  /** Tells this event from the others. */
  readonly type: "stray-error";
  /** Which thread, from 0; null for the main thread, beside its tasks. */
  readonly worker: number | null;
  /** The tasks that may have left it behind: those the worker ran since it last looked. */
  readonly suspects: readonly TaskId[];
  /** The hook of the module that threw it or left it behind; then no task is suspected. */
  readonly hook?: HookName;
  /** What went wrong. */
  readonly error: ErrorRecord;
}

/** A worker thread is gone, with whatever it was running. Where there is more to do, another takes its place. */
export interface WorkerLost {
  /** Tells this event from the others. */
  readonly type: "worker-lost";
  /** Which thread, from 0. */
  readonly worker: number;
  /** What went wrong. */
  readonly error: ErrorRecord;
}

/** Nothing more will be started, except tasks that run after failures. */
export interface RunCancelled {
  /** Tells this event from the others. */
  readonly type: "run-cancelled";
  /** Why. */
  readonly reason: CancelReason;
}

/** Every task has its outcome, and the workers have nothing left to tell. */
export interface RunFinished {
  /** Tells this event from the others. */
  readonly type: "run-finished";
  /** Wall-clock time, ISO 8601. */
  readonly finishedAt: string;
}

/** What happened, before the stream has stamped it. */
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

/** Something that happened during a run. The head of this file has the grammar of a run. */
export type RunEvent = RunFact & EventStamp;

/**
 * Turns events into something a person or a program reads.
 *
 * ```ts
 * import { type Reporter, Scheduler } from "@thread-order/cli";
 *
 * const failures: Reporter = {
 *   report(event) {
 *     if (event.type !== "task-finished" || event.outcome.status !== "failed") return;
 *     console.error(event.elapsedMs, event.outcome.error.message);
 *   },
 * };
 * const s = new Scheduler({ reporters: [failures] });
 * ```
 */
export interface Reporter extends Partial<AsyncDisposable> {
  /** Takes one event. Synchronous: what is slow is buffered, and flushed on disposal. */
  report(event: RunEvent): void;
}

/** How threads are called wherever people see them: `thread_0`, or, for null, `main thread`. */
export function threadName(worker: number | null): string {
  return worker === null ? "main thread" : `thread_${worker}`;
}
