/** The options of a thread's task loop. */
import type { AsyncVariable } from "../base/async_variable.ts";
import type { SharedState } from "../state/shared_state.ts";
import type { DeclaredReads } from "./declared_reads.ts";
import type { WorkerPlan } from "../lane/worker_plan.ts";
import type { LaneMessage } from "../lane/lane_message.ts";
import type { RunRules } from "../lane/run_spec.ts";
import type { LineSink } from "./output/output_sink.ts";
import type { ResourceRetention } from "./resource_retention.ts";
import type { TaskLookup } from "./task_lookup.ts";

/** Options of {@linkcode TaskLoop}. */
export interface TaskLoopOptions {
  readonly plan: WorkerPlan;
  readonly lane: number;
  readonly state: SharedState;
  /** The functions of the tasks. */
  readonly code: Pick<TaskLookup, "get">;
  readonly rules: RunRules;
  /** Checks reads of results; only in a strict run. */
  readonly reads?: DeclaredReads | undefined;
  /** Carries the owner of output, if output is captured: one for each thread. */
  readonly owners?: AsyncVariable<LineSink>;
  /** Of the thread of a resource that may outlive the run. */
  readonly retention?: ResourceRetention | undefined;
  /** Start of the message count. */
  readonly firstSeq: number;
  /** Sends a message to the main thread. */
  readonly send: (message: LaneMessage) => void;
  /** Emits output of the task without a line break at its end. */
  readonly flush?: () => void;
  /** Lets the event loop turn once. */
  readonly turn: () => Promise<void>;
  /**
   * Resolves when the main thread has handled all pending signals. Absent if the terminal's signals
   * do not reach a task's child processes.
   */
  readonly signalsHandled?: () => Promise<void>;
  /** Whether the thread belongs to this library, and may block for a moment when idle. */
  readonly isOwnThread: boolean;
}
