/**
 * A place of a worker where one task runs at a time, in processes of its own: one for each set of permissions that
 * tasks of the run have. They are started at once, and replaced when they are gone.
 */
import { assert } from "../../base/assert.ts";
import type { ErrorRecord } from "../../base/error_record.ts";
import type { CancelReason } from "../../events/run_event.ts";
import type { FromProcess, ToProcess } from "../../process/ipc_protocol.ts";
import { type StartupLimits, StartupTimeout } from "../../lane/startup_timeout.ts";
import type { ProcessDrain } from "../../process/process_drain.ts";
import type { ProcessHandle } from "../../process/process_handle.ts";
import { teardownFailure } from "../../lane/shutdown.ts";
import type { LaneMessage } from "../../lane/lane_message.ts";
import type { Job } from "../engine_protocol.ts";
import type { OutboxAttempt } from "./outbox.ts";

/** An attempt that a slot runs. */
export interface SlotTask extends OutboxAttempt {
  readonly job: Job;
}

/** What a slot needs of its worker. */
export interface SlotContext {
  /** How tasks of the run are kept apart: the names of their sets of permissions. */
  readonly permissionSets: readonly string[];
  readonly hasSetup: boolean;
  readonly timeoutMs: number | undefined;
  /** Other than usual in tests. */
  readonly startupLimits?: StartupLimits;
  /** Starts a process, and gives it the run. */
  start(slot: WorkerSlot, set: string): ProcessHandle;
  /** Whether a process that has loaded the module has the one of the run; why not, otherwise. */
  check(): Promise<ErrorRecord | undefined>;
  /** All its processes are ready, or not any more. */
  onReadyChanged(): void;
  /** The module cannot be run here. */
  onBroken(error: ErrorRecord): void;
  sendMessage(slot: WorkerSlot, message: LaneMessage): void;
  sendNotice(slot: WorkerSlot, text: string): void;
  requestStartSummary(process: ProcessHandle, key: string, start: number): void;
  /** Says how the attempt ended, which is no more this slot's then. */
  onSettled(task: SlotTask, message: FromProcess & { type: "settled" }): void;
  onLost(task: SlotTask, error: ErrorRecord): void;
}

/** See the head of this file. */
export class WorkerSlot {
  readonly index: number;
  readonly #context: SlotContext;
  readonly #drain: ProcessDrain;
  readonly #processes = new Map<string, ProcessHandle>();
  #startup: StartupTimeout;
  #task: SlotTask | undefined;
  #process: ProcessHandle | undefined;
  #onEnd: () => void = () => {};
  /** The lane of the last task: what is printed between two tasks is told of that. */
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

  /** Whether it can run a task. */
  get isReady(): boolean {
    return !this.#isClosed && this.#processes.values().every((process) => process.isReady);
  }

  /** What it runs now. */
  get task(): SlotTask | undefined {
    return this.#task;
  }

  /** See {@linkcode SlotTask}: what is said belongs to this lane. */
  get lane(): number {
    return this.#lane;
  }

  /** Whether one of its processes is this one. */
  has(process: ProcessHandle): boolean {
    return this.#processes.values().some((it) => it === process);
  }

  /**
   * Runs an attempt. Resolves when it has ended in whatever way.
   *
   * @param begins Says whether it may begin. The slot is taken meanwhile.
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
    this.#process = this.#processes.get(set)!;
    this.#process.post({ type: "call", task: task.job.task, attempt: task.job.attempt });
    await ended;
  }

  /** A process of the slot says something. */
  receive(process: ProcessHandle, message: FromProcess): void {
    switch (message.type) {
      case "ready":
        process.hasBeenReady = true;
        this.#admit(process);
        return;
      case "broken":
        process.kill();
        return this.#context.onBroken(message.error);
      case "said":
        return this.#context.sendMessage(this, message.message);
      case "settled":
        this.#settle(process, message);
        return;
      case "recall":
        return this.#context.requestStartSummary(process, message.key, message.start);
      case "finished":
        return void process.marked(message.marked).then(() => this.#drain.drained(process));
      default:
        return;
    }
  }

  /** A line that no console of the process's own has printed. */
  onOutput(process: ProcessHandle, channel: "stdout" | "stderr", text: string): void {
    const task = this.#process === process ? this.#task?.job.task ?? null : null;
    const level = channel === "stdout" ? "info" : "error";
    this.#context.sendMessage(this, { type: "output", task, channel, level, text, after: 0 });
  }

  /** A process is gone, and not because we ended it. */
  onProcessGone(process: ProcessHandle, error: ErrorRecord): void {
    this.#drain.died(process);
    if (this.#isClosed) return;
    // Another would not get ready either.
    if (!process.hasBeenReady) return this.#context.onBroken(error);
    const task = this.#process === process ? this.#task : undefined;
    // First: a task that is given away since this one has ended would wait here for the next process.
    this.#replace(process);
    if (task === undefined) {
      this.#context.sendMessage(this, { type: "stray", suspects: [], error, after: 0 });
    } else {
      this.#context.onLost(task, error);
      this.#end();
    }
  }

  /** Ends the task with this token by force, if it runs it: it is another's, or nobody's. */
  stop(token: string): void {
    if (this.#task?.token !== token) return;
    const process = this.#process;
    this.#end();
    if (process === undefined) return; // it has not begun
    process.killDescendants();
    process.kill();
    this.#replace(process);
  }

  /** Tells its processes that the run is cancelled. */
  abort(reason: CancelReason): void {
    this.#isAborted = true;
    this.#post({ type: "abort", reason });
    if (!this.isReady) this.#startup.enforceLimit();
  }

  /** Tells an attempt, if it runs it, that it has taken too long. */
  expire(task: number, attempt: number): void {
    const { job } = this.#task ?? {};
    if (job?.task === task && job.attempt === attempt) {
      this.#process?.post({ type: "expire", task: job.task, attempt });
    }
  }

  /** Answers what code asked that is run again. */
  post(process: number, message: ToProcess): void {
    for (const it of this.#processes.values()) if (it.id === process) it.post(message);
  }

  /** Has its processes say what is left to say, and end. */
  async shutDown(hasTeardown: boolean): Promise<void> {
    this.#startup[Symbol.dispose]();
    if (!this.#isClosed) {
      const { givenUp, left: failures } = await this.#drain.drain(
        this.#processes,
        true,
        hasTeardown,
      );
      for (const reason of failures) this.#context.sendMessage(this, teardownFailure(reason));
      if (givenUp !== undefined && failures.length === 0) {
        this.#context.sendMessage(this, teardownFailure(givenUp));
      }
    }
    this.close();
  }

  /** Ends its processes, and what they run. */
  close(): void {
    this.#isClosed = true;
    this.#startup[Symbol.dispose]();
    for (const process of this.#processes.values()) process.kill();
    this.#end();
  }

  async #admit(process: ProcessHandle): Promise<void> {
    const error = await this.#context.check();
    if (this.#isClosed || !this.has(process)) return;
    if (error !== undefined) return this.#context.onBroken(error);
    process.isReady = true;
    if (this.isReady) this.#startup[Symbol.dispose]();
    this.#context.onReadyChanged();
  }

  async #settle(process: ProcessHandle, message: FromProcess & { type: "settled" }): Promise<void> {
    const task = this.#task;
    await process.marked(message.marked);
    if (task === undefined || this.#task !== task || task.job.task !== message.task) return;
    if (this.#process !== process) return;
    this.#context.onSettled(task, message);
    this.#end();
  }

  #end(): void {
    this.#task = this.#process = undefined;
    this.#onEnd();
  }

  #replace(process: ProcessHandle): void {
    const [set] = [...this.#processes].find(([, it]) => it === process)!;
    this.#processes.set(set, this.#context.start(this, set));
    this.#startup[Symbol.dispose]();
    this.#startup = this.#watchStartup();
    if (this.#isAborted) this.#startup.enforceLimit();
    this.#context.onReadyChanged();
  }

  #watchStartup(): StartupTimeout {
    const context = this.#context;
    return new StartupTimeout({
      hasSetup: context.hasSetup,
      timeoutMs: context.timeoutMs,
      notice: (text) => context.sendNotice(this, text),
      giveUp: (reason) =>
        context.onBroken({ type: "ProcessLostError", message: `the process of a slot ${reason}` }),
      limits: context.startupLimits,
    });
  }

  #post(message: ToProcess): void {
    for (const process of this.#processes.values()) process.post(message);
  }
}
