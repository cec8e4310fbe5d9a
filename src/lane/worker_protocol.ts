/**
 * The wire protocol between the main thread and a worker: commands to the worker, and its events.
 */
import type { ErrorRecord } from "../base/error_record.ts";
import type { CancelReason } from "../events/run_event.ts";
import type { PlanHandle } from "../plan/plan.ts";
import type { ResultCellsBuffer, StateHandle } from "../state/shared_state.ts";
import type { TaskId } from "../task/task.ts";
import type { LaneMessage } from "./lane_message.ts";
import type { CodeSource, RunRules } from "./run_spec.ts";

/** A run, as a worker receives it. */
export interface RunMessage {
  readonly type: "run";
  /** Number of the run in this worker, which identifies late messages. */
  readonly run: number;
  readonly lane: number;
  readonly plan: PlanHandle;
  readonly state: StateHandle;
  readonly code: CodeSource;
  /** The tasks' names by id; absent when they equal those of the previous run. */
  readonly names?: readonly string[];
  /** Memory for small results; absent when results are not kept. */
  readonly results: ResultCellsBuffer | undefined;
  readonly rules: RunRules;
  /** This thread's id in the plan. */
  readonly owner: number;
  /**
   * First sequence number of the thread's messages: beyond those of earlier threads of the lane.
   */
  readonly firstSeq: number;
  /** Shared memory of the queued messages' count: see backpressure.ts. */
  readonly backpressure: Int32Array;
  /** The name of the lock that the worker holds for its whole life. */
  readonly livenessLock: string;
}

/** A module whose exports are to be checked. */
export interface CheckedModule {
  readonly url: string;
  /** The module as the user named it, for messages. */
  readonly target: string;
  /** The current folder, which messages leave out of paths. */
  readonly folder: string;
}

/** The result of a check of the exports of a module. */
export type ExportsCheck =
  /** The message of what is wrong; undefined if nothing is. */
  | { readonly type: "checked"; readonly error: string | undefined }
  /** The module could not be loaded here. */
  | { readonly type: "failed"; readonly reason: string };

/** A command of the main thread to a worker. */
export type ToWorker =
  | RunMessage
  /** Before the first run: parse, compile and link a module that a "load" follows for. */
  | { readonly type: "link"; readonly url: string }
  /**
   * Before the first run: load a module that the run will need, and collect the tasks of its
   * schedulers if `collects`.
   */
  | { readonly type: "load"; readonly url: string; readonly collects: boolean }
  /** Instead of any run: check the exports of a module. */
  | { readonly type: "check-exports"; readonly module: CheckedModule }
  /** The run is cancelled: abort the signals of running tasks. */
  | { readonly type: "abort"; readonly reason: CancelReason }
  /** An attempt of a task has exceeded its time limit: abort its signal. */
  | { readonly type: "expire"; readonly task: TaskId; readonly attempt: number }
  /** An attempt of a task cannot pass any more: fail it, and abort its signal. */
  | {
    readonly type: "fail";
    readonly task: TaskId;
    readonly attempt: number;
    readonly error: ErrorRecord;
  }
  /** The answer to "start-summary-request". */
  | {
    readonly type: "start-summary";
    readonly key: string;
    readonly start: number;
    readonly summary: unknown;
  }
  /** The answer to "handle-signals". */
  | { readonly type: "signals-handled" }
  /** The run is finished: dispose of what this set-up has made, and send "released". */
  | { readonly type: "release"; readonly task: TaskId }
  /** There is no further run: tear down, and send "teardown-done". */
  | { readonly type: "teardown" };

/** An event or a request of a worker. */
export type FromWorker =
  /** Its liveness lock is held: when that is released, the worker is gone. */
  | { readonly type: "alive" }
  /** A worker that has taken part in a run before has received the next one. */
  | { readonly type: "run-ack" }
  /**
   * The code is loaded, in `loadMs` milliseconds, and `setupWorker` has ended: the worker takes
   * tasks.
   */
  | { readonly type: "ready"; readonly loadMs: number }
  /**
   * A child process of a task has failed: the main thread should handle pending signals, then
   * answer.
   */
  | { readonly type: "handle-signals" }
  /** The main program, run again, has reached a completed start and needs its summary. */
  | { readonly type: "start-summary-request"; readonly key: string; readonly start: number }
  /**
   * The user's module cannot be loaded in the worker, or its loop threw; it takes no more tasks.
   */
  | { readonly type: "broken"; readonly error: ErrorRecord }
  | { readonly type: "message"; readonly run: number; readonly message: LaneMessage }
  /** The worker has no more tasks of the run, and all its messages about it are sent. */
  | { readonly type: "drained"; readonly run: number }
  /** The answer to "release", with the error of the tear-down. */
  | { readonly type: "released"; readonly error: ErrorRecord | undefined }
  /** The answer to "teardown". */
  | { readonly type: "teardown-done" }
  /** The answer to "check-exports". */
  | { readonly type: "exports-checked"; readonly check: ExportsCheck };
