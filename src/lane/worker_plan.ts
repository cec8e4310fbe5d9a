/** The plan as a worker's loop uses it: the shared plan, or its stand-in in another process. */
import type { RanOutcome } from "../plan/plan.ts";
import type { TaskId } from "../task/task.ts";

/** The part of a plan that a worker's loop uses. */
export interface WorkerPlan {
  /** Number of ready tasks that the lane can take. */
  readyCountOf(lane: number): number;
  /** Whether the lane has no more tasks to take. */
  isDone(lane: number): boolean;
  /** Whether the run is aborted: running tasks should end. */
  readonly aborted: boolean;
  readonly log: {
    /** Number of records in the log. */
    readonly published: number;
  };
  readonly wakeups: {
    /** Resolves when there may be work. */
    park(hasWork: () => boolean, mayBlock: boolean): Promise<void>;
  };
  /** Takes a ready task, or returns -1. */
  take(lane: number, nowMs: number): TaskId | -1;
  /** Settles a task with its outcome, and takes the next. */
  settleAndTake(
    lane: number,
    task: TaskId,
    outcome: RanOutcome,
    nowMs: number,
    sentCount: number,
  ): TaskId | -1;
  /** Returns the number of the task's current attempt, from 1. */
  attemptOf(task: TaskId): number;
}
