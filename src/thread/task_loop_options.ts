/** What the loop of a thread is made of: see task_loop.ts. */
import type { AsyncVariable } from "../base/async_variable.ts";
import type { SharedState } from "../state/shared_state.ts";
import type { DeclaredReads } from "./declared_reads.ts";
import type { WorkerPlan } from "../lane/worker_plan.ts";
import type { LaneMessage } from "../lane/lane_message.ts";
import type { RunRules } from "../lane/run_spec.ts";
import type { LineSink } from "./output/output_sink.ts";
import type { TaskLookup } from "./task_lookup.ts";

/** See the head of this file. */
export interface TaskLoopOptions {
  readonly plan: WorkerPlan;
  readonly lane: number;
  readonly state: SharedState;
  /** The code of the tasks. */
  readonly code: Pick<TaskLookup, "get">;
  readonly rules: RunRules;
  /** What tasks may read of results, where that is looked at. */
  readonly reads?: DeclaredReads | undefined;
  /** Carries the owner of what is printed: the thread's, where what is printed in it is captured. */
  readonly owners?: AsyncVariable<LineSink>;
  /** What the count of messages starts from. */
  readonly postedBase: number;
  /** Sends a message to the main thread. */
  readonly send: (message: LaneMessage) => void;
  /** Passes on what the task printed without a line break. */
  readonly flush?: () => void;
  /** Lets the event loop turn once. */
  readonly turn: () => Promise<void>;
  /**
   * Resolves when the main thread has handled the signals that had come by now. Missing where the terminal's signals
   * reach no child process of a task.
   */
  readonly signalsHandled?: () => Promise<void>;
  /** Whether this thread is ours alone, and may block for a moment when it has nothing to do. */
  readonly isOwnThread: boolean;
}
