/**
 * The interface of pools. A pool runs the tasks of a plan on threads of its own; the scheduler
 * receives their messages through a listener and never sees a thread.
 */
import type { ErrorRecord } from "../base/error_record.ts";
import type { CancelReason } from "../events/run_event.ts";
import type { PlanBufferPool } from "../plan/plan_buffer_pool.ts";
import type { SharedState } from "../state/shared_state.ts";
import type { TaskId } from "../task/task.ts";
import type { ShutdownTimeouts } from "../lane/shutdown.ts";
import type { StartupLimits } from "../lane/startup_timeout.ts";
import type { LaneMessage } from "../lane/lane_message.ts";
import type { RunSpec } from "../lane/run_spec.ts";

/** Receives the events of a pool. All calls come on the main thread. */
export interface PoolListener {
  /** Whether a reporter is running: its code belongs to the main thread, not to an inline task. */
  readonly isReporting: boolean;
  /** A thread has sent a message. */
  message(lane: number, message: LaneMessage): void;
  /** The pool has a notice about the thread of a lane. */
  notice(lane: number, text: string): void;
  /**
   * The thread of a lane is lost. Its task will not end by itself.
   *
   * @param firstSeq First sequence number for the messages of its replacement.
   */
  lost(lane: number, error: ErrorRecord, firstSeq: number): void;
  /**
   * No thread is left and none can be started: ready tasks will not be taken. Each lane that ran a
   * task was reported as lost before.
   *
   * @param lane The lane whose nodes will not be taken, if it is that of a resource.
   */
  exhausted(error: ErrorRecord, lane?: number): void;
}

/** Options of a pool of threads or processes. */
export interface PoolOptions {
  /** Maximum number of running tasks. */
  readonly size: number;
  /** The state that the tasks see. */
  readonly state: SharedState;
  /** Whether threads or processes are kept for the next run; then the pool must be disposed of. */
  readonly keepWorkers?: boolean;
  /** Time limits of their startup; tests use shorter ones. */
  readonly startupLimits?: StartupLimits;
  /** Time limits of their shutdown. */
  readonly shutdownTimeouts?: ShutdownTimeouts;
}

/** Options of a pool for the lane of a resource: one thread or process. */
export interface ResourceLaneOptions {
  /** The lane's number. */
  readonly firstLane: number;
  /** Whether a replacement may start for a lost thread: what was set up there is gone. */
  readonly mayRestart: () => boolean;
  /** Whether the thread stays after the run, until the pool is disposed of. */
  readonly outlivesRun?: boolean;
}

/** Runs the tasks of one plan at a time. */
export interface Pool extends AsyncDisposable {
  /** Number of lanes: the maximum number of running tasks. */
  readonly size: number;
  /** The state that the tasks see. */
  readonly state: Pick<SharedState, "dropResult">;
  /** Whether {@linkcode kill} terminates a thread; otherwise it abandons the running task. */
  readonly canKill: boolean;
  /**
   * Buffers for the plans of its runs; the pool returns a plan's buffer when its threads are done
   * with it.
   */
  readonly planBuffers?: PlanBufferPool;
  /**
   * Whether threads of this process work on a plan by themselves: they continue while the main
   * thread blocks, and keep the process alive until one of them is lost.
   */
  readonly hasThreads?: boolean;
  /**
   * Creates the pool for the lane of a resource, with the same state. It is used for one run. If
   * absent, resources run on the lanes of this pool.
   */
  createResourceLane?(options: ResourceLaneOptions): Pool;
  /** Starts to work on a plan. The previous run must be finished. */
  run(spec: RunSpec, listener: PoolListener): void;
  /**
   * Called after every event, before the main thread waits: a pool that starts its threads lazily
   * looks for work here, and keeps the main thread's replica from falling behind.
   */
  nudge(): void;
  /** Aborts the signals of running tasks: the run is cancelled. */
  abort(reason: CancelReason): void;
  /** Aborts the signal of a running attempt that has exceeded its time limit. */
  expire(lane: number, task: TaskId, attempt: number): void;
  /** Fails a running attempt, whatever it returns, and aborts its signal with this error. */
  failTask(lane: number, task: TaskId, attempt: number, error: ErrorRecord): void;
  /**
   * Terminates the thread of a lane, where possible; the listener receives {@linkcode
   * PoolListener.lost}.
   *
   * @param error The reason.
   */
  kill(lane: number, error: ErrorRecord): void;
  /** Resolves when the threads have sent all their messages about the run. */
  finish(): Promise<void>;
  /**
   * Disposes of the resource that has outlived the run, on its thread; only on the lane of one.
   *
   * @param setUp The set-up in that run.
   * @returns The error of the tear-down, if any.
   */
  release?(setUp: TaskId): Promise<ErrorRecord | undefined>;
}
