/**
 * Who runs the tasks of a plan. A pool takes part in the plan with threads of its own; the scheduler
 * hears what they have to say through a listener and never sees a thread.
 */
import type { ErrorRecord } from "../base/error_record.ts";
import type { CancelReason } from "../events/run_event.ts";
import type { PlanBufferPool } from "../plan/plan_buffers.ts";
import type { SharedState } from "../state/shared_state.ts";
import type { TaskId } from "../task/task.ts";
import type { ShutdownTimeouts } from "../lane/shutdown.ts";
import type { StartupLimits } from "../lane/startup_timeout.ts";
import type { LaneMessage } from "../lane/lane_message.ts";
import type { RunSpec } from "../lane/run_spec.ts";

/** Hears a pool. All calls come on the main thread. */
export interface PoolListener {
  /** Whether a reporter is being told something: code of the main thread's, whatever runs there besides. */
  readonly isReporting: boolean;
  /** A thread says something. */
  message(lane: number, message: LaneMessage): void;
  /** Something is to be said of the thread of a lane, which does not say it itself. */
  notice(lane: number, text: string): void;
  /**
   * The thread of a lane is gone. What it was running will not end by itself.
   *
   * @param firstSeq What its successor's count of messages starts from.
   */
  lost(lane: number, error: ErrorRecord, firstSeq: number): void;
  /**
   * No thread is left and none can be made: what is ready will not be taken. Each lane that ran a task was
   * declared lost before.
   */
  exhausted(error: ErrorRecord): void;
}

/** How a pool of threads or processes is set up. */
export interface PoolOptions {
  /** How many tasks may run at once. */
  readonly size: number;
  /** The state that the tasks see. */
  readonly state: SharedState;
  /** Whether what runs them stays for the next run; then the pool must be disposed of. */
  readonly keepWorkers?: boolean;
  /** How long that may take to get ready: other than usual in tests. */
  readonly startupLimits?: StartupLimits;
  /** The same for its end. */
  readonly shutdownTimeouts?: ShutdownTimeouts;
}

/** See the head of this file. */
export interface Pool extends AsyncDisposable {
  /** The number of lanes: how many tasks may run at once. */
  readonly size: number;
  /** The state that the tasks see. */
  readonly state: Pick<SharedState, "dropResult">;
  /** Whether {@linkcode kill} ends a thread; otherwise the task it runs is not waited for any more. */
  readonly canKill: boolean;
  /** For the plans of its runs: it gives back that of a run that all its threads are through with. */
  readonly planBuffers?: PlanBufferPool;
  /**
   * Whether threads of this process work on a plan by themselves: they go on while the main thread blocks,
   * and keep the process alive until one of them is lost.
   */
  readonly hasThreads?: boolean;
  /** Begins to work on a plan. The one before must be finished. */
  run(spec: RunSpec, listener: PoolListener): void;
  /**
   * Called whenever something happened, before the main thread rests: a pool that starts its threads
   * lazily looks for work here, and keeps the main thread's copy of the state from falling behind.
   */
  nudge(): void;
  /** Tells running tasks that the run is cancelled. */
  abort(reason: CancelReason): void;
  /** Tells a running task that its attempt has taken too long. */
  expire(lane: number, task: TaskId, attempt: number): void;
  /**
   * Ends the thread of a lane by force, where that can be done; the listener hears that it is lost.
   *
   * @param error Why.
   */
  kill(lane: number, error: ErrorRecord): void;
  /** Resolves when the threads have nothing left to say about the run. */
  finish(): Promise<void>;
}
