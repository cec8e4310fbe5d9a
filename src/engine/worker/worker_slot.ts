/**
 * Capacity of a worker for one task at a time. A slot has one process for each permission set of
 * the run's tasks. Processes are started with the slot, and replaced when they are lost.
 */
import { assert } from "../../base/assert.ts";
import type { ErrorRecord } from "../../base/error_record.ts";
import type { CancelReason } from "../../events/run_event.ts";
import type { FromProcess, ToProcess } from "../../process/ipc_protocol.ts";
import { type StartupLimits, StartupTimeout } from "../../lane/startup_timeout.ts";
import type { ProcessDrain } from "../../process/process_drain.ts";
import type { Executor } from "../../process/executor.ts";
import { ProcessSet } from "../../process/process_set.ts";
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
  /** Starts a process and posts the run to it. */
  start(slot: WorkerSlot, set: string): Executor;
  /**
   * Resolves to undefined if a process that loads the module now gets the version of the run, or to
   * the error.
   */
  check(): Promise<ErrorRecord | undefined>;
  /** Called when the slot becomes ready, or stops being ready. */
  onReadyChanged(): void;
  /** Called when the module cannot run on this worker. */
  onBroken(error: ErrorRecord): void;
  sendMessage(slot: WorkerSlot, message: LaneMessage): void;
  sendNotice(slot: WorkerSlot, text: string): void;
  requestStartSummary(process: Executor, key: string, start: number): void;
  /** Called when an attempt has ended; the slot has no task after that. */
  onSettled(task: SlotTask, message: FromProcess & { type: "settled" }, bytes: Uint8Array): void;
  onLost(task: SlotTask, error: ErrorRecord): void;
}

/** A slot of a worker: runs one task at a time, in the process of the task's permission set. */
export class WorkerSlot {
  readonly index: number;
  readonly #context: SlotContext;
  readonly #drain: ProcessDrain;
  readonly #processes = new ProcessSet();
  #startup: StartupTimeout;
  #task: SlotTask | undefined;
  #onEnd: () => void = () => {};
  /** The lane of the last task. Output between two tasks belongs to that lane. */
  #lane: number;
  #isClosed = false;
  #isAborted = false;

  constructor(context: SlotContext, index: number, drain: ProcessDrain) {
    this.#context = context;
    this.index = this.#lane = index;
    this.#drain = drain;
    this.#startup = this.#watchStartup();
    for (const set of context.permissionSets) this.#processes.set(set, context.start(this, set));
  }

  /** Whether all processes are ready. */
  get isReady(): boolean {
    return !this.#isClosed && this.#processes.isReady;
  }

  /** The current task. */
  get task(): SlotTask | undefined {
    return this.#task;
  }

  /** The lane of the current task, or of the last one. */
  get lane(): number {
    return this.#lane;
  }

  /** Whether a process belongs to this slot. */
  has(process: Executor): boolean {
    return this.#processes.keyOf(process) !== undefined;
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
    this.#processes.call(set, task.job.task, task.job.attempt);
    await ended;
  }

  /** Handles a message from a process of the slot. */
  receive(process: Executor, message: FromProcess, bytes: Uint8Array): void {
    switch (message.type) {
      case "ready":
        process.hasBeenReady = true;
        this.#admit(process);
        return;
      case "broken":
        process.kill();
        return this.#context.onBroken(message.error);
      case "message":
        return this.#context.sendMessage(this, message.message);
      case "settled":
        this.#settle(process, message, bytes);
        return;
      case "start-summary-request":
        return this.#context.requestStartSummary(process, message.key, message.start);
      case "drained":
        return void process.sentinelsRead(message.sentinels).then(() =>
          this.#drain.onDrained(process)
        );
      default:
        return;
    }
  }

  /** Sends a line of output that bypassed the console of the process. */
  onOutput(process: Executor, channel: "stdout" | "stderr", text: string): void {
    this.#context.sendMessage(this, this.#processes.outputMessage(process, channel, text));
  }

  /** Handles the loss of a process that the slot did not terminate. */
  onProcessGone(process: Executor, error: ErrorRecord): void {
    this.#drain.onExited(process);
    if (this.#isClosed) return;
    // A replacement would fail in the same way.
    if (!process.hasBeenReady) return this.#context.onBroken(error);
    const task = this.#processes.running === process ? this.#task : undefined;
    // Race prevented: the replacement, which reports a lower capacity, comes first. Otherwise the
    // driver could assign the next task to this slot, where it would wait for the new process.
    this.#replace(process);
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
    const process = this.#processes.running;
    this.#end();
    if (process === undefined) return; // the attempt has not been called
    process.killDescendants();
    process.kill();
    this.#replace(process);
  }

  /** Posts to all processes that the run is cancelled. */
  abort(reason: CancelReason): void {
    this.#isAborted = true;
    this.#processes.post({ type: "abort", reason });
    if (!this.isReady) this.#startup.enforceLimit();
  }

  /** Posts to an attempt, if it is the current one, that it has timed out. */
  expire(task: number, attempt: number): void {
    const { job } = this.#task ?? {};
    if (job?.task === task && job.attempt === attempt) {
      this.#processes.running?.post({ type: "expire", task: job.task, attempt });
    }
  }

  /** Posts to an attempt, if it is the current one, that it cannot pass any more. */
  fail(message: Extract<ToProcess, { type: "fail" }>): void {
    const { job } = this.#task ?? {};
    if (job?.task !== message.task || job.attempt !== message.attempt) return;
    this.#processes.running?.post(message);
  }

  /** Posts a message to the process with this id, if it belongs to the slot. */
  post(process: number, message: ToProcess): void {
    for (const it of this.#processes) if (it.id === process) it.post(message);
  }

  /** Drains and terminates the processes. */
  async shutDown(hasTeardown: boolean): Promise<void> {
    this.#startup[Symbol.dispose]();
    if (!this.#isClosed) {
      const { timeoutMessage, teardownErrors } = await this.#drain.drain(
        this.#processes,
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

  /** Terminates the processes and their tasks. */
  close(): void {
    this.#isClosed = true;
    this.#startup[Symbol.dispose]();
    this.#processes.kill();
    this.#end();
  }

  async #admit(process: Executor): Promise<void> {
    const error = await this.#context.check();
    if (this.#isClosed || !this.has(process)) return;
    if (error !== undefined) return this.#context.onBroken(error);
    process.isReady = true;
    if (this.isReady) this.#startup[Symbol.dispose]();
    this.#context.onReadyChanged();
  }

  async #settle(
    process: Executor,
    message: FromProcess & { type: "settled" },
    bytes: Uint8Array,
  ): Promise<void> {
    const task = this.#task;
    if (task === undefined || !await this.#processes.isSettled(process, message)) return;
    this.#context.onSettled(task, message, bytes);
    this.#end();
  }

  #end(): void {
    this.#task = undefined;
    this.#processes.endCall();
    this.#onEnd();
  }

  #replace(process: Executor): void {
    const set = this.#processes.keyOf(process)!;
    this.#processes.set(set, this.#context.start(this, set));
    this.#startup[Symbol.dispose]();
    this.#startup = this.#watchStartup();
    if (this.#isAborted) this.#startup.enforceLimit();
    this.#context.onReadyChanged();
  }

  #startupError(reason: string): ErrorRecord {
    const [executor] = this.#processes;
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
