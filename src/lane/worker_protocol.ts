/** The wire between the main thread and a worker: every message that crosses it. */
import type { ErrorRecord } from "../base/error_record.ts";
import type { CancelReason } from "../events/run_event.ts";
import type { PlanHandle } from "../plan/plan.ts";
import type { ResultCellsBuffer, StateHandle } from "../state/shared_state.ts";
import type { TaskId } from "../task/task.ts";
import type { LaneMessage } from "./lane_message.ts";
import type { CodeSource, RunRules } from "./run_spec.ts";

/** The name of a worker that runs the main program again; the library looks for it there. */
export const REPLAY_WORKER_NAME = "thread-order replay";

/** A run, as a worker gets it. */
export interface RunMessage {
  readonly type: "run";
  /** Counts the runs of this worker, so that late messages are told apart. */
  readonly run: number;
  readonly lane: number;
  readonly plan: PlanHandle;
  readonly state: StateHandle;
  readonly code: CodeSource;
  /** The tasks' names by id; absent when they are those of the run before. */
  readonly names?: readonly string[];
  /** Where small results are written; absent when results are not kept. */
  readonly results: ResultCellsBuffer | undefined;
  readonly rules: RunRules;
  /** This thread's id in the plan. */
  readonly owner: number;
  /** What its count of messages starts from: past all that earlier threads of the lane have sent. */
  readonly firstSeq: number;
  /** Counts what it says: see backpressure.ts. */
  readonly backpressure: Int32Array;
  /** The name of the lock the worker holds for as long as it lives. */
  readonly livenessLock: string;
}

/** What the main thread says to a worker. */
export type ToWorker =
  | RunMessage
  /** There is no run yet: load a module that the run will need, and if it is a scheduler's, collect its tasks. */
  | { readonly type: "load"; readonly url: string; readonly collects: boolean }
  /** The run is cancelled: abort the signals of running tasks. */
  | { readonly type: "abort"; readonly reason: CancelReason }
  /** An attempt of a task has taken too long: abort its signal. */
  | { readonly type: "expire"; readonly task: TaskId; readonly attempt: number }
  /** The answer to "start-summary-request". */
  | {
    readonly type: "start-summary";
    readonly key: string;
    readonly start: number;
    readonly summary: unknown;
  }
  /** The answer to "handle-signals". */
  | { readonly type: "signals-handled" }
  /** There is no other run: clean up, and say so. */
  | { readonly type: "teardown" };

/** What a worker says to the main thread. */
export type FromWorker =
  /** A replay worker listens. */
  | { readonly type: "hello" }
  /** Its life lock is held: when it is free again, the worker is gone. */
  | { readonly type: "alive" }
  /** A run has come to a worker that has been in one before. */
  | { readonly type: "run-ack" }
  /** Its code is loaded and has set it up: it takes tasks. */
  | { readonly type: "ready" }
  /** A child process of a task has failed: what signals have come by now is to be handled, and answered. */
  | { readonly type: "handle-signals" }
  /** Code goes past a start that is over, and wants to know what it came to. */
  | { readonly type: "start-summary-request"; readonly key: string; readonly start: number }
  /** The user's module cannot be loaded there, or the loop has broken; the worker takes no task any more. */
  | { readonly type: "broken"; readonly error: ErrorRecord }
  | { readonly type: "message"; readonly run: number; readonly message: LaneMessage }
  /** The run has nothing more for it, and it has said all there was to say. */
  | { readonly type: "drained"; readonly run: number }
  /** The answer to "teardown". */
  | { readonly type: "teardown-done" };
