/**
 * What driver and workers tell each other, and where it stands. The driver is the one process that has the
 * plan; workers, on as many machines as wanted, run tasks for it. All of it goes through Redis, under keys
 * that begin with the run's:
 *
 *     driver        who drives, until it has not renewed that for LIVENESS_TIMEOUT_MS
 *     run           about, order, aborted; count, bound, ids of the state's log
 *     base, log     the state: where it began, and every change since (state_log.ts)
 *     said, told    what workers say, what they are told: streams, each read by whoever it concerns
 *     crew, beat:*  the workers that take part, and whether they are alive
 *     tokens        by task: who runs it now; what anybody else says of it, or writes for it, is dropped
 *     begins, ended, revoked   by attempt: how often it was begun, how it ended, whether it may not begin
 *     lock, waiting the user's lock, and who waits for it
 *     senders       by sender: the last of its messages that was taken, so that none is taken twice
 *     tasks:*       the queue of BullMQ
 */
import type { ErrorRecord } from "../base/error_record.ts";
import type { CancelReason } from "../events/run_event.ts";
import type { RanOutcome } from "../plan/plan.ts";
import type { LaneMessage } from "../lane/lane_message.ts";
import type { CodeSource, RunRules } from "../lane/run_spec.ts";
import type { TaskPermissions } from "../task/task_permissions.ts";
import type { TaskId } from "../task/task.ts";
import type { Manifest } from "./manifest.ts";

/** Driver and workers must speak the same. */
export const PROTOCOL = 1;
/** Who has not been heard of for so long is gone. */
export const LIVENESS_TIMEOUT_MS = 5_000;
/** How often one makes itself heard. */
export const HEARTBEAT_MS = 1_000;
/** Nobody keeps the user's lock for longer than this without renewing that. */
export const LOCK_LEASE_MS = 5_000;
/** How large the state may be, what is written over it since the last new beginning of the log included. */
export const STATE_BYTES = 256 * 1024 * 1024;
/** An attempt is begun so often, where each time the worker that ran it was lost. */
export const STARTS_MAX = 3;
/** What is left of a run that nobody drives any more is kept so long. */
export const ORPHAN_TTL_MS = 24 * 60 * 60 * 1_000;
/** How long it is known that a run is over. */
export const TOMBSTONE_TTL_MS = 60 * 60 * 1_000;
/** The queue of a run, within its keys. */
export const QUEUE = "tasks";

/** What all keys of a run begin with. In a cluster the braces keep them together. */
export function runKey(run: string): string {
  return `tdrun:{${run}}`;
}

/** Where the runs of a module are announced. */
export function runsKey(module: string): string {
  return `tdrun:line:${module}`;
}

/** Nothing stands there: to add to it tells whether anything can be written. */
export const PROBE_KEY = "tdrun:probe";

/** An attempt of a task, in keys and as the id of its job. */
export function attemptKey(task: TaskId, attempt: number): string {
  return `${task}-${attempt}`;
}

/** What is told of an attempt within a run. */
export interface Job {
  readonly task: TaskId;
  readonly attempt: number;
  readonly lane: number;
}

/** What a run is, as far as it can be compared. */
export interface RunMetadata {
  readonly protocol: number;
  /** The version of the library. */
  readonly version: string;
  /** The file name of the module. */
  readonly module: string;
  /** The tasks' names by id. */
  readonly names: readonly string[];
  readonly manifest: Manifest;
}

/** How a run is made, for those who take part. */
export interface EngineRunSpec {
  /** With paths that start from the module's folder, instead of URLs. */
  readonly code: CodeSource;
  readonly rules: RunRules;
  readonly hasSetup: boolean;
  readonly hasTeardown: boolean;
  /** What each task may do, by id; null for all that its worker may. */
  readonly permissions: readonly (TaskPermissions | null)[];
}

/** A worker that takes part in a run. */
export interface WorkerInfo {
  /** No other has had or will have it. */
  readonly id: string;
  readonly host: string;
  readonly pid: number;
  /** How many tasks it can run at once. */
  readonly slots: number;
}

/** What workers say. `key` is an {@linkcode attemptKey}. */
export type WorkerEvent =
  | { readonly type: "joined"; readonly worker: WorkerInfo }
  /** So many of its slots are ready. */
  | { readonly type: "room"; readonly worker: string; readonly room: number }
  | { readonly type: "left"; readonly worker: string; readonly error?: ErrorRecord }
  /** It holds another module than the driver. */
  | { readonly type: "refused"; readonly worker: WorkerInfo; readonly why: string }
  | {
    readonly type: "began";
    readonly key: string;
    readonly worker: string;
    /** How often it was begun, this time included. */
    readonly begins: number;
  }
  | {
    readonly type: "message";
    /** What it is part of, if it is part of a task. */
    readonly key: string | undefined;
    readonly lane: number;
    readonly message: LaneMessage;
  }
  | { readonly type: "settled"; readonly key: string; readonly outcome: RanOutcome }
  /** Nothing will come of it: what ran it is gone. */
  | { readonly type: "lost"; readonly key: string; readonly error: ErrorRecord }
  | { readonly type: "notice"; readonly lane: number; readonly text: string }
  /** Code that is run again asks what a start came to that is over. */
  | ({ readonly type: "recall"; readonly worker: string } & StartSummaryRequest);

/** See {@linkcode WorkerEvent}. */
export interface StartSummaryRequest {
  /** Which of the worker's processes asks. */
  readonly process: number;
  readonly key: string;
  readonly start: number;
}

/** What workers are told. */
export type DriverCommand =
  | { readonly type: "abort"; readonly reason: CancelReason }
  | { readonly type: "expire"; readonly task: TaskId; readonly attempt: number }
  /** Whoever runs the task with this token ends it by force: it is another's now, or nobody's. */
  | { readonly type: "stop"; readonly task: string; readonly token: string }
  /** The worker is to say once more how many of its slots are ready. */
  | { readonly type: "recount"; readonly worker: string }
  /** The user's lock is this seat's. */
  | ({ readonly type: "grant"; readonly seat: string } & LockGranted)
  | (
    & { readonly type: "recalled"; readonly worker: string; readonly value: string }
    & StartSummaryRequest
  )
  /** The run is over: say what is left to say, and leave. */
  | { readonly type: "finish" };

/** See {@linkcode DriverCommand}. */
export interface LockGranted {
  /** Counts how often the lock was given. */
  readonly term: number;
  /** How far the state's log went by then. */
  readonly place: number;
  /** Who was lost holding it. */
  readonly abandonedBy?: string;
}
