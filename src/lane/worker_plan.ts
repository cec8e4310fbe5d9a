/** The plan, as the loop of a thread uses it: the shared one, or what stands in for it elsewhere. */
import type { RanOutcome } from "../plan/plan.ts";
import type { TaskId } from "../task/task.ts";

/** See the head of this file. */
export interface WorkerPlan {
  /** How many ready tasks could be taken. */
  readonly readyCount: number;
  /** How many tasks have no outcome yet. */
  readonly remaining: number;
  /** Whether running tasks are told to end. */
  readonly aborted: boolean;
  readonly log: {
    /** How many records there are. */
    readonly published: number;
  };
  readonly wakeups: {
    /** Resolves when there may be work. */
    park(hasWork: () => boolean, mayBlock: boolean): Promise<void>;
  };
  /** Takes a ready task, or -1. */
  take(lane: number, nowMs: number): TaskId | -1;
  /** Gives a task its outcome, and takes the next. */
  settleAndTake(
    lane: number,
    task: TaskId,
    outcome: RanOutcome,
    nowMs: number,
    sentCount: number,
  ): TaskId | -1;
  /** Which attempt of a task is under way, from 1. */
  attemptOf(task: TaskId): number;
}
