/**
 * A lane of a run whose tasks run in processes. The main thread takes and settles tasks for it, and
 * translates between the events of the process and the transitions of the plan.
 *
 * A lane has a process for each set of permissions that tasks of the run have, and runs one task at
 * a time in one of them.
 */
import { epochNowMs } from "../runtime/clock.ts";
import type { ErrorRecord } from "../base/error_record.ts";
import type { CancelReason } from "../events/run_event.ts";
import { LaneFencedError, Plan } from "../plan/plan.ts";
import type { TaskId } from "../task/task.ts";
import type { LaneMessage } from "../lane/lane_message.ts";
import type { PoolListener } from "./pool.ts";
import type { RunSpec } from "../lane/run_spec.ts";
import { type StartupLimits, StartupTimeout } from "../lane/startup_timeout.ts";
import { handleLateMessage } from "../lane/handle_late_message.ts";
import type { FromProcess } from "../process/ipc_protocol.ts";
import type { PermissionSets } from "../process/permission_sets.ts";
import type { Executor } from "../process/executor.ts";
import type { ExecutorSet } from "../process/executor_set.ts";

/** The pool's callbacks and the run that a lane uses. */
export interface ProcessLaneContext {
  readonly spec: RunSpec;
  readonly listener: PoolListener;
  readonly permissionSets: PermissionSets;
  /** Time limits of a process's startup; tests use shorter ones. */
  readonly startupLimits: StartupLimits | undefined;
  /** A task is settled, so that others may be ready. */
  settled(): void;
  /** The lane's processes were not ready within the time limit. */
  startupTimedOut(lane: ProcessLane, why: string): void;
}

/** A lane of one run. The pool may hand its processes to the lane of the next run. */
export class ProcessLane {
  readonly lane: number;
  readonly processes: ExecutorSet;
  /** Whether a task was taken: the processes can start, so a replacement can, too. */
  hasTakenTask = false;
  readonly #context: ProcessLaneContext;
  readonly #plan: Plan;
  readonly #owner: number;
  #sentCount: number;
  #task: TaskId | undefined;
  #isOpen = false;
  #isClosed = false;
  readonly #startupTimeout: StartupTimeout;

  /**
   * @param owner The lane's owner id in the plan.
   * @param firstSeq First sequence number of its messages.
   */
  constructor(
    context: ProcessLaneContext,
    lane: number,
    processes: ExecutorSet,
    { owner, firstSeq }: { owner: number; firstSeq: number },
  ) {
    this.lane = lane;
    this.processes = processes;
    this.#context = context;
    this.#owner = owner;
    this.#sentCount = firstSeq;
    this.#plan = Plan.attach(context.spec.plan.handle, owner);
    this.#startupTimeout = new StartupTimeout({
      hasSetup: context.spec.hooks.setupWorker !== undefined,
      timeoutMs: context.spec.rules.timeoutMs,
      limits: context.startupLimits,
      onNotice: (text) => context.listener.notice(lane, text),
      onTimeout: (why) => context.startupTimedOut(this, why),
    });
  }

  /** Whether a process has not acknowledged the run yet. */
  get isAwaitingAck(): boolean {
    return this.processes.isAwaitingAck;
  }

  /** Takes a task if the lane is idle and ready. */
  takeIfIdle(): void {
    if (this.#isClosed || this.#task !== undefined || !this.processes.isReady) return;
    if (!this.#isOpen) {
      this.#isOpen = true;
      this.#startupTimeout[Symbol.dispose]();
      this.#plan.open(this.lane, this.#owner);
    }
    this.#run(() => this.#plan.take(this.lane, this.#nowMs));
  }

  /** Handles a message of a process about the run. */
  handle(process: Executor, message: FromProcess): void {
    if (message.type === "message") {
      const isLate = this.#isClosed || message.run !== process.runCount;
      return isLate ? handleLateMessage(this.lane, message.message) : this.#send(message.message);
    }
    if (message.type === "settled" && !this.#isClosed) this.#settle(process, message);
  }

  /** Handles a line of a process's streams that was not printed by its console. */
  handleOutput(process: Executor, channel: "stdout" | "stderr", text: string): void {
    if (this.#isClosed) return;
    this.#send(this.processes.outputMessage(process, channel, text));
  }

  /** Replaces a process that died without a task, while another one is busy. */
  replace(key: string, process: Executor, error: ErrorRecord): void {
    this.processes.set(key, process);
    this.#send({ type: "stray", suspects: [], error, after: 0 });
  }

  /** Aborts running tasks: the run is cancelled. */
  abort(reason: CancelReason): void {
    if (this.#isClosed) return;
    this.processes.post({ type: "abort", reason });
    if (!this.processes.isReady) this.#startupTimeout.enforceLimit();
  }

  /**
   * Ends the lane's run: later messages of its processes, which may be kept, do not belong to it.
   */
  close(): void {
    this.#isClosed = true;
    this.#startupTimeout[Symbol.dispose]();
  }

  /** Ends the lane's run and kills its processes. */
  kill(): void {
    this.close();
    this.processes.kill();
  }

  async #settle(
    process: Executor,
    message: FromProcess & { type: "settled" },
  ): Promise<void> {
    if (!await this.processes.isSettled(process, message) || this.#isClosed) return;
    const { task, outcome } = message;
    this.#task = undefined;
    this.processes.endCall();
    this.#run(() =>
      this.#plan.settleAndTake(this.lane, task, outcome, this.#nowMs, this.#sentCount)
    );
    this.#context.settled();
  }

  #run(take: () => TaskId | -1): void {
    let task: TaskId | -1;
    try {
      task = take();
    } catch (error) {
      // The lane was fenced in this moment: it gets another owner.
      if (error instanceof LaneFencedError) return;
      throw error;
    }
    if (task < 0) return;
    this.hasTakenTask = true;
    this.#task = task as TaskId;
    const permissionSet = this.#context.permissionSets.nameOf(this.#task);
    this.processes.call(permissionSet, this.#task, this.#plan.attemptOf(task));
  }

  /**
   * Sends a message to the listener. The processes do not know the plan's log: a message follows
   * all records of now, and its time is now.
   */
  #send(message: LaneMessage): void {
    this.#sentCount++;
    const after = this.#plan.log.published;
    this.#context.listener.message(this.lane, { ...message, after, atMs: undefined });
  }

  get #nowMs(): number {
    return epochNowMs() - this.#context.spec.rules.epochMs;
  }
}
