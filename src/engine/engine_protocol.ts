/**
 * The protocol between the driver and the workers of a run. The driver is the process that has the
 * plan; workers, on any number of machines, run tasks for it. All communication goes through Redis,
 * under keys with the run's prefix:
 *
 *     driver        the driver's claim: its token, with a TTL of LIVENESS_TIMEOUT_MS
 *     run           metadata, spec, aborted; count, bound and ids of the op log
 *     base, log     the state: a snapshot, and every change since (state_log.ts)
 *     written       the position of the last change that is not the result of a task, as the only
 *                   entry of a stream: workers read results later
 *     events        stream from the workers to the driver
 *     commands      stream from the driver to the workers
 *     workers       the workers of the run, by id
 *     heartbeat:ID  a live worker
 *     tokens        by task: token of the running attempt; others' events and writes are dropped
 *     starts, ended, revoked  by attempt: number of starts; whether it ended (the worker's id if it
 *                   was stopped); whether it must not start
 *     lock, waiting, names    the user's lock, a lease with a fencing token; waiting sessions
 *     senders       by sender: its last message, so that a repeated one has no effect
 *     tombstone     the run is finished
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

/** The protocol's version. A worker rejects a run whose driver has another. */
export const PROTOCOL = 4;
/**
 * Time without a heartbeat, in milliseconds, after which a driver or worker counts as lost: five
 * heartbeats, so that one slow reply does not cost a worker.
 */
export const LIVENESS_TIMEOUT_MS = 5_000;
/** Interval of the heartbeats of drivers and workers, in milliseconds. */
export const HEARTBEAT_MS = 1_000;
/** Lease of the user's lock in milliseconds. The holder renews it four times as often. */
export const LOCK_LEASE_MS = 5_000;
/** Maximum size of the state in bytes, with the changes in the op log since its last compaction. */
export const STATE_BYTES = 256 * 1024 * 1024;
/** Maximum number of starts of one attempt. Each start after the first replaces a lost worker. */
export const STARTS_MAX = 3;
/**
 * TTL of the keys of a run without a driver, in milliseconds: a day, in which the run can be
 * resumed.
 */
export const ORPHAN_TTL_MS = 24 * 60 * 60 * 1_000;
/** TTL of the tombstone of a finished run, in milliseconds. */
export const TOMBSTONE_TTL_MS = 60 * 60 * 1_000;
/** The name of the run's queue, within its keys. */
export const QUEUE = "tasks";

/**
 * The prefix of a run's keys. The braces are a hash tag: they keep the keys in one slot of a
 * cluster.
 */
export function runKey(run: string): string {
  return `tdrun:{${run}}`;
}

/** The key of the sorted set that lists the runs of a module. */
export function runsKey(module: string): string {
  return `tdrun:runs:${module}`;
}

/**
 * A key that does not exist: `LPUSHX` on it writes nothing, and fails where writes are rejected.
 */
export const PROBE_KEY = "tdrun:probe";

/** The id of an attempt: in keys, and as the id of its job. */
export function attemptKey(task: TaskId, attempt: number): string {
  return `${task}-${attempt}`;
}

/** The data of a job in the queue: one attempt. */
export interface Job {
  readonly task: TaskId;
  readonly attempt: number;
  readonly lane: number;
  /**
   * Position of the op log up to which it has the writes to the state of all earlier tasks, and the
   * results of those that other tasks depend on.
   */
  readonly position: number;
  /** Whether it is enqueued without a ready slot: it does not start in a cancelled run. */
  readonly isAhead?: true;
}

/** An attempt as the driver's lanes know it, before it is enqueued. */
export type AttemptJob = Omit<Job, "position" | "isAhead">;

/** The identity of a run: compared before a worker joins, or another driver resumes the run. */
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

/** The specification of a run for its workers. */
export interface EngineRunSpec {
  /** Its URLs are relative to the module's folder. */
  readonly code: CodeSource;
  readonly rules: RunRules;
  readonly hasSetup: boolean;
  readonly hasTeardown: boolean;
  /** The permissions of each task, by id; null for all permissions of the worker. */
  readonly permissions: readonly (TaskPermissions | null)[];
}

/** A worker that is part of a run. */
export interface WorkerInfo {
  /** A UUID. */
  readonly id: string;
  readonly host: string;
  readonly pid: number;
  /** Maximum number of tasks at a time. */
  readonly slots: number;
}

/** An event that a worker publishes. `key` is an {@linkcode attemptKey}. */
export type WorkerEvent =
  | { readonly type: "joined"; readonly worker: WorkerInfo }
  /** The number of slots that are ready. */
  | { readonly type: "capacity"; readonly worker: string; readonly capacity: number }
  | { readonly type: "left"; readonly worker: string; readonly error?: ErrorRecord }
  /** The worker does not join: its module or version differs from the driver's. */
  | { readonly type: "rejected"; readonly worker: WorkerInfo; readonly reason: string }
  /** The attempt has started again: its worker was lost, or has left. */
  | { readonly type: "restarted"; readonly key: string }
  | {
    readonly type: "message";
    /** The attempt that the message belongs to, if any. */
    readonly key: string | undefined;
    readonly lane: number;
    readonly message: LaneMessage;
  }
  | { readonly type: "settled"; readonly key: string; readonly outcome: RanOutcome }
  /** The attempt has no outcome: its process or worker is gone. */
  | { readonly type: "lost"; readonly key: string; readonly error: ErrorRecord }
  | { readonly type: "notice"; readonly lane: number; readonly text: string }
  /** A replayed module requests the summary of a `start()` that is finished. */
  | ({ readonly type: "start-summary-request"; readonly worker: string } & StartSummaryRequest);

/** The part of a `start-summary-request` that its reply repeats. */
export interface StartSummaryRequest {
  /** The id of the worker's process that sends the request. */
  readonly process: number;
  readonly key: string;
  readonly start: number;
}

/** A command of the driver to the workers. */
export type DriverCommand =
  | { readonly type: "abort"; readonly reason: CancelReason }
  | { readonly type: "expire"; readonly task: TaskId; readonly attempt: number }
  /** An attempt cannot pass any more: a resource that it uses was lost. */
  | {
    readonly type: "fail";
    readonly task: TaskId;
    readonly attempt: number;
    readonly error: ErrorRecord;
  }
  /** Terminates the attempt with this token: it is revoked, or another worker has claimed it. */
  | { readonly type: "stop"; readonly task: string; readonly token: string }
  /** The worker publishes its capacity again. */
  | { readonly type: "report-capacity"; readonly worker: string }
  /** The user's lock is granted to a session. */
  | ({ readonly type: "lock-granted"; readonly session: string } & LeaseGrant)
  | (
    & { readonly type: "start-summary"; readonly worker: string; readonly value: string }
    & StartSummaryRequest
  )
  /** The run is finished: workers publish their last events, and leave. */
  | { readonly type: "drain" };

/** A grant of the user's lock, which is a lease between machines. */
export interface LeaseGrant {
  /** The number of grants so far: writes with an older token are rejected. */
  readonly fencingToken: number;
  /** The end of the op log at the time of the grant. */
  readonly position: number;
  /** The name of the session that was lost while it held the lock. */
  readonly abandonedBy?: string;
}
