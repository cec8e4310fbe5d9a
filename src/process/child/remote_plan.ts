/**
 * The plan in a process without shared memory: at most one task, which the process was given. The
 * main process takes and settles tasks for it.
 */
import { primordials } from "../../runtime/primordials.ts";
import type { RanOutcome } from "../../plan/plan.ts";
import type { WorkerPlan } from "../../lane/worker_plan.ts";
import type { TaskId } from "../../task/task.ts";

/** The plan's messages to the main process. */
export interface PlanRpc {
  /** Settles the process's task. */
  settle(task: TaskId, outcome: RanOutcome): void;
  /** Whether running tasks should end. */
  isAborted(): boolean;
}

/** A plan of one task at a time. */
export class RemotePlan implements WorkerPlan {
  /** The main process counts the records. */
  readonly log = { published: 0 };
  readonly wakeups = { park: (hasWork: () => boolean) => this.#park(hasWork) };
  readonly #rpc: PlanRpc;
  #assigned: TaskId | -1 = -1;
  #attempt = 1;
  #isFinished = false;
  #wakeUp: (() => void) | undefined;

  constructor(rpc: PlanRpc) {
    this.#rpc = rpc;
  }

  readyCountOf(): number {
    return this.#assigned < 0 ? 0 : 1;
  }

  isDone(): boolean {
    return this.#isFinished;
  }

  get aborted(): boolean {
    return this.#rpc.isAborted();
  }

  take(): TaskId | -1 {
    const task = this.#assigned;
    this.#assigned = -1;
    return task;
  }

  settleAndTake(_lane: number, task: TaskId, outcome: RanOutcome): TaskId | -1 {
    this.#rpc.settle(task, outcome);
    return this.take();
  }

  attemptOf(): number {
    return this.#attempt;
  }

  /** Gives a task to the process. */
  assign(task: TaskId, attempt: number): void {
    this.#assigned = task;
    this.#attempt = attempt;
    this.#wakeUp?.();
  }

  /** Ends the plan: there are no more tasks. */
  close(): void {
    this.#isFinished = true;
    this.#wakeUp?.();
  }

  async #park(hasWork: () => boolean): Promise<void> {
    if (!hasWork()) await new primordials.Promise<void>((resolve) => this.#wakeUp = resolve);
  }
}
