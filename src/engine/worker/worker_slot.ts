/**
 * Capacity of a worker for one task at a time. A slot has one executor for each permission set of
 * the run's tasks. Processes are started with the slot, and replaced when they are lost.
 */
import { assert } from "../../base/assert.ts";
import type { ErrorRecord } from "../../base/error_record.ts";
import type { CancelReason } from "../../events/run_event.ts";
import type { FromProcess, ToProcess } from "../../process/ipc_protocol.ts";
import { type StartupLimits, StartupTimeout } from "../../lane/startup_timeout.ts";
import type { ExecutorDrain } from "../../process/executor_drain.ts";
import type { Executor } from "../../process/executor.ts";
import { ExecutorSet } from "../../process/executor_set.ts";
import { teardownFailure } from "../../lane/shutdown.ts";
import type { LaneMessage } from "../../lane/lane_message.ts";
import type { Job } from "../engine_protocol.ts";
import type { OutboxAttempt } from "./outbox.ts";

/** An attempt that a slot runs. */
export interface SlotTask extends OutboxAttempt {
  readonly job: Job;
}

/** The worker, as its slots see it. */
export interface SlotContext {
  /** The names of the permission sets of the run's tasks. */
  readonly permissionSets: readonly string[];
  readonly hasSetup: boolean;
  readonly timeoutMs: number | undefined;
  /** Limits of the startup; tests set shorter ones. */
  readonly startupLimits?: StartupLimits;
  /** Starts an executor and posts the run to it. */
  start(slot: WorkerSlot, set: string): Executor;
  /**
   * Resolves to undefined if an executor that loads the module now gets the version of the run, or
   * to the error.
   */
  check(): Promise<ErrorRecord | undefined>;
  /** Called when the slot becomes ready, or stops being ready. */
  onReadyChanged(): void;
  /** Called when the module cannot run on this worker. */
  onBroken(error: ErrorRecord): void;
  sendMessage(slot: WorkerSlot, message: LaneMessage): void;
  sendNotice(slot: WorkerSlot, text: string): void;
  requestStartSummary(executor: Executor, key: string, start: number): void;
  /** Called when an attempt has ended; the slot has no task after that. */
  onSettled(task: SlotTask, message: FromProcess & { type: "settled" }, bytes: Uint8Array): void;
  onLost(task: SlotTask, error: ErrorRecord): void;
}

/** A slot of a worker: runs one task at a time, in the executor of the task's permission set. */
export class WorkerSlot {
  readonly index: number;
  readonly #context: SlotContext;
  readonly #drain: ExecutorDrain;
  readonly #executors = new ExecutorSet();
  #startup: StartupTimeout;
  #task: SlotTask | undefined;
  #onEnd: () => void = () => {};
  /** The lane of the last task. Output between two tasks belongs to that lane. */
  #lane: number;
  #isClosed = false;
  #isAborted = false;

  constructor(context: SlotContext, index: number, drain: ExecutorDrain) {
    this.#context = context;
    this.index = this.#lane = index;
    this.#drain = drain;
    this.#startup = this.#watchStartup();
    for (const set of context.permissionSets) this.#executors.set(set, context.start(this, set));
  }

  /** Whether all executors are ready. */
  get isReady(): boolean {
    return !this.#isClosed && this.#executors.isReady;
  }

  /** The current task. */
  get task(): SlotTask | undefined {
    return this.#task;
  }

  /** The lane of the current task, or of the last one. */
  get lane(): number {
    return this.#lane;
  }

  /** Whether an executor belongs to this slot. */
  has(executor: Executor): boolean {
    return this.#executors.keyOf(executor) !== undefined;
  }

  /**
   * Runs an attempt. Resolves when the attempt has ended, whatever its outcome.
   *
   * @param claim Resolves to whether the attempt may start. The slot is occupied meanwhile.
   */
  async run(task: SlotTask, set: string, claim: () => Promise<boolean>): Promise<void> {
    assert(this.#task === undefined, "Two attempts in one slot");
    const ended = new Promise<void>((resolve) => this.#onEnd = resolve);
    this.#task = task;
    this.#lane = task.job.lane;
    let isClaimed = false;
    try {
      isClaimed = await claim();
    } finally {
      if (!isClaimed && this.#task === task) this.#end();
    }
    if (this.#task !== task) return;
    this.#executors.call(set, task.job.task, task.job.attempt);
    await ended;
  }

  /** Handles a message from an executor of the slot. */
  receive(executor: Executor, message: FromProcess, bytes: Uint8Array): void {
    switch (message.type) {
      case "ready":
        executor.hasBeenReady = true;
        this.#admit(executor);
        return;
      case "broken":
        executor.kill();
        return this.#context.onBroken(message.error);
      case "message":
        return this.#context.sendMessage(this, message.message);
      case "settled":
        this.#settle(executor, message, bytes);
        return;
      case "start-summary-request":
        return this.#context.requestStartSummary(executor, message.key, message.start);
      case "drained":
        return void executor.sentinelsRead(message.sentinels).then(() =>
          this.#drain.onDrained(executor)
        );
      default:
        return;
    }
  }

  /** Sends a line of output that bypassed the console of the executor. */
  onOutput(executor: Executor, channel: "stdout" | "stderr", text: string): void {
    this.#context.sendMessage(this, this.#executors.outputMessage(executor, channel, text));
  }

  /** Handles the loss of an executor that the slot did not terminate. */
  onExecutorGone(executor: Executor, error: ErrorRecord): void {
    this.#drain.onExited(executor);
    if (this.#isClosed) return;
    // A replacement would fail in the same way.
    if (!executor.hasBeenReady) return this.#context.onBroken(error);
    const task = this.#executors.running === executor ? this.#task : undefined;
    // Race prevented: the replacement, which reports a lower capacity, comes first. Otherwise the
    // driver could assign the next task to this slot, where it would wait for the new executor.
    this.#replace(executor);
    if (task === undefined) {
      this.#context.sendMessage(this, { type: "stray", suspects: [], error, after: 0 });
    } else {
      this.#context.onLost(task, error);
      this.#end();
    }
  }

  /**
   * Terminates the task with this token: its attempt is revoked, or another worker has claimed it.
   */
  stop(token: string): void {
    if (this.#task?.token !== token) return;
    const executor = this.#executors.running;
    this.#end();
    if (executor === undefined) return; // the attempt has not been called
    executor.killDescendants();
    executor.kill();
    this.#replace(executor);
  }

  /** Posts to all executors that the run is cancelled. */
  abort(reason: CancelReason): void {
    this.#isAborted = true;
    this.#executors.post({ type: "abort", reason });
    if (!this.isReady) this.#startup.enforceLimit();
  }

  /** Posts to an attempt, if it is the current one, that it has timed out. */
  expire(task: number, attempt: number): void {
    const { job } = this.#task ?? {};
    if (job?.task === task && job.attempt === attempt) {
      this.#executors.running?.post({ type: "expire", task: job.task, attempt });
    }
  }

  /** Posts to an attempt, if it is the current one, that it cannot pass any more. */
  fail(message: Extract<ToProcess, { type: "fail" }>): void {
    const { job } = this.#task ?? {};
    if (job?.task !== message.task || job.attempt !== message.attempt) return;
    this.#executors.running?.post(message);
  }

  /** Posts a message to the executor with this id, if it belongs to the slot. */
  post(executor: number, message: ToProcess): void {
    for (const it of this.#executors) if (it.id === executor) it.post(message);
  }

  /** Drains and terminates the executors. */
  async shutDown(hasTeardown: boolean): Promise<void> {
    this.#startup[Symbol.dispose]();
    if (!this.#isClosed) {
      const { timeoutMessage, teardownErrors } = await this.#drain.drain(
        this.#executors,
        true,
        hasTeardown,
      );
      for (const reason of teardownErrors) this.#context.sendMessage(this, teardownFailure(reason));
      if (timeoutMessage !== undefined && teardownErrors.length === 0) {
        this.#context.sendMessage(this, teardownFailure(timeoutMessage));
      }
    }
    this.close();
  }

  /** Terminates the executors and their tasks. */
  close(): void {
    this.#isClosed = true;
    this.#startup[Symbol.dispose]();
    this.#executors.kill();
    this.#end();
  }

  async #admit(executor: Executor): Promise<void> {
    const error = await this.#context.check();
    if (this.#isClosed || !this.has(executor)) return;
    if (error !== undefined) return this.#context.onBroken(error);
    executor.isReady = true;
    if (this.isReady) this.#startup[Symbol.dispose]();
    this.#context.onReadyChanged();
  }

  async #settle(
    executor: Executor,
    message: FromProcess & { type: "settled" },
    bytes: Uint8Array,
  ): Promise<void> {
    const task = this.#task;
    if (task === undefined || !await this.#executors.isSettled(executor, message)) return;
    this.#context.onSettled(task, message, bytes);
    this.#end();
  }

  #end(): void {
    this.#task = undefined;
    this.#executors.endCall();
    this.#onEnd();
  }

  #replace(executor: Executor): void {
    const set = this.#executors.keyOf(executor)!;
    this.#executors.set(set, this.#context.start(this, set));
    this.#startup[Symbol.dispose]();
    this.#startup = this.#watchStartup();
    if (this.#isAborted) this.#startup.enforceLimit();
    this.#context.onReadyChanged();
  }

  #startupError(reason: string): ErrorRecord {
    const [executor] = this.#executors;
    const { noun } = executor!;
    const type = noun === "process" ? "ProcessLostError" : "WorkerError";
    return { type, message: `the ${noun} of a slot ${reason}` };
  }

  #watchStartup(): StartupTimeout {
    const context = this.#context;
    return new StartupTimeout({
      hasSetup: context.hasSetup,
      timeoutMs: context.timeoutMs,
      onNotice: (text) => context.sendNotice(this, text),
      onTimeout: (reason) => context.onBroken(this.#startupError(reason)),
      limits: context.startupLimits,
    });
  }
}
