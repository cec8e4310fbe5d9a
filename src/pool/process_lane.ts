/**
 * A lane of a run whose tasks run in processes. The main thread takes and settles for it: it is here that the
 * two ends of a task meet, what the process says and what the plan is told.
 *
 * A lane has a process for each set of permissions that tasks of the run have, and runs one task at a
 * time in one of them.
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
import { handleLateMessage } from "../lane/late_messages.ts";
import type { FromProcess } from "../process/ipc_protocol.ts";
import type { PermissionSets } from "../process/permission_sets.ts";
import type { ProcessHandle } from "../process/process_handle.ts";

/** What a lane needs of its pool. */
export interface ProcessLaneContext {
  readonly order: RunSpec;
  readonly listener: PoolListener;
  readonly sets: PermissionSets;
  /** How long processes may take to get ready: other than usual in tests. */
  readonly readyLimits: StartupLimits | undefined;
  /** A task has been settled, so that others may be ready. */
  settled(): void;
  /** Its processes did not get ready in any time that could be waited for. */
  notReady(lane: ProcessLane, why: string): void;
}

/** See the head of this file. */
export class ProcessLane {
  readonly lane: number;
  /** By the name of a set of permissions. */
  readonly processes: Map<string, ProcessHandle>;
  /** Whether it has taken a task: one that follows it gets further. */
  hasRun = false;
  readonly #host: ProcessLaneContext;
  readonly #plan: Plan;
  readonly #owner: number;
  #posted: number;
  #task: TaskId | undefined;
  #process: ProcessHandle | undefined;
  #isOpen = false;
  #isOver = false;
  readonly #gettingReady: StartupTimeout;

  /**
   * @param owner Its id in the plan.
   * @param posted What its count of messages starts from.
   */
  constructor(
    host: ProcessLaneContext,
    lane: number,
    processes: Map<string, ProcessHandle>,
    { owner, posted }: { owner: number; posted: number },
  ) {
    this.lane = lane;
    this.processes = processes;
    this.#host = host;
    this.#owner = owner;
    this.#posted = posted;
    this.#plan = Plan.attach(host.order.plan.handle, owner);
    this.#gettingReady = new StartupTimeout({
      hasSetup: host.order.hooks.setupWorker !== undefined,
      timeoutMs: host.order.rules.timeoutMs,
      limits: host.readyLimits,
      notice: (text) => host.listener.notice(lane, text),
      giveUp: (why) => host.notReady(this, why),
    });
  }

  /** Whether all its processes have the code of the run. */
  get isReady(): boolean {
    return this.processes.values().every((process) => process.isReady);
  }

  /** Whether one of its processes has not heard of the run. */
  get isAwaitingAck(): boolean {
    return this.processes.values().some((process) => process.isAwaitingAck);
  }

  /** The process that runs a task now. */
  get running(): ProcessHandle | undefined {
    return this.#process;
  }

  /** Takes a task if it can run one. */
  takeIfIdle(): void {
    if (this.#isOver || this.#task !== undefined || !this.isReady) return;
    if (!this.#isOpen) {
      this.#isOpen = true;
      this.#gettingReady[Symbol.dispose]();
      this.#plan.open(this.lane, this.#owner);
    }
    this.#run(() => this.#plan.take(this.lane, this.#nowMs));
  }

  /** A process of the lane says something that concerns the run. */
  message(process: ProcessHandle, message: FromProcess): void {
    if (message.type === "said") {
      const isOver = this.#isOver || message.run !== process.runs;
      return isOver ? handleLateMessage(this.lane, message.message) : this.#say(message.message);
    }
    if (message.type === "settled" && !this.#isOver) this.#settle(process, message);
  }

  /** A line that no console of the process's own has printed. */
  printed(process: ProcessHandle, channel: "stdout" | "stderr", text: string): void {
    if (this.#isOver) return;
    const task = this.#process === process ? this.#task ?? null : null;
    const level = channel === "stdout" ? "info" : "error";
    this.#say({ type: "output", task, channel, level, text, after: 0 });
  }

  /** A process died that was running nothing, while another is busy: there is a new one. */
  replace(key: string, process: ProcessHandle, error: ErrorRecord): void {
    this.processes.set(key, process);
    this.#say({ type: "stray", suspects: [], error, after: 0 });
  }

  /** Tells its processes that the run is cancelled. */
  abort(reason: CancelReason): void {
    if (this.#isOver) return;
    for (const process of this.processes.values()) process.post({ type: "abort", reason });
    if (!this.isReady) this.#gettingReady.enforceLimit();
  }

  /** Its run is over: what its processes say or do from now on, kept as they may be, is no part of it. */
  end(): void {
    this.#isOver = true;
    this.#gettingReady[Symbol.dispose]();
  }

  /** It is the lane of other processes from now on. */
  lose(): void {
    this.end();
    for (const process of this.processes.values()) process.kill();
  }

  async #settle(
    process: ProcessHandle,
    { task, outcome, marked }: FromProcess & { type: "settled" },
  ): Promise<void> {
    await process.marked(marked);
    if (this.#isOver || this.#task !== task || this.#process !== process) return;
    this.#task = this.#process = undefined;
    this.#run(() => this.#plan.settleAndTake(this.lane, task, outcome, this.#nowMs, this.#posted));
    this.#host.settled();
  }

  #run(take: () => TaskId | -1): void {
    let task: TaskId | -1;
    try {
      task = take();
    } catch (error) {
      // Ended by force in this very moment: the lane will be another's.
      if (error instanceof LaneFencedError) return;
      throw error;
    }
    if (task < 0) return;
    this.hasRun = true;
    this.#task = task as TaskId;
    this.#process = this.processes.get(this.#host.sets.nameOf(this.#task))!;
    const attempt = this.#plan.attemptOf(task);
    this.#process.post({ type: "call", task: this.#task, attempt });
  }

  /** The processes know nothing of the plan's log: a message comes after all there is of it now, and now. */
  #say(message: LaneMessage): void {
    this.#posted++;
    const after = this.#plan.log.published;
    this.#host.listener.message(this.lane, { ...message, after, atMs: undefined });
  }

  get #nowMs(): number {
    return epochNowMs() - this.#host.order.rules.epochMs;
  }
}
