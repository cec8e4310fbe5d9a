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
  readonly sets: readonly string[];
  readonly hasSetup: boolean;
  readonly timeoutMs: number | undefined;
  /** Other than usual in tests. */
  readonly readyLimits?: StartupLimits;
  /** Starts a process, and gives it the run. */
  start(slot: WorkerSlot, set: string): ProcessHandle;
  /** Whether a process that has loaded the module has the one of the run; why not, otherwise. */
  check(): Promise<ErrorRecord | undefined>;
  /** All its processes are ready, or not any more. */
  readyChanged(): void;
  /** The module cannot be run here. */
  broken(error: ErrorRecord): void;
  message(slot: WorkerSlot, message: LaneMessage): void;
  notice(slot: WorkerSlot, text: string): void;
  recall(process: ProcessHandle, key: string, start: number): void;
  /** Says how the attempt ended, which is no more this slot's then. */
  settled(task: SlotTask, message: FromProcess & { type: "settled" }): void;
  lost(task: SlotTask, error: ErrorRecord): void;
}

/** See the head of this file. */
export class WorkerSlot {
  readonly index: number;
  readonly #host: SlotContext;
  readonly #words: ProcessDrain;
  readonly #processes = new Map<string, ProcessHandle>();
  #gettingReady: StartupTimeout;
  #task: SlotTask | undefined;
  #process: ProcessHandle | undefined;
  #onEnd: () => void = () => {};
  /** The lane of the last task: what is printed between two tasks is told of that. */
  #lane: number;
  #isOver = false;
  #isAborted = false;

  constructor(host: SlotContext, index: number, words: ProcessDrain) {
    this.#host = host;
    this.index = this.#lane = index;
    this.#words = words;
    this.#gettingReady = this.#getReady();
    for (const set of host.sets) this.#processes.set(set, host.start(this, set));
  }

  /** Whether it can run a task. */
  get isReady(): boolean {
    return !this.#isOver && this.#processes.values().every((process) => process.isReady);
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
  async run(task: SlotTask, set: string, begins: () => Promise<boolean>): Promise<void> {
    assert(this.#task === undefined, "Two attempts in one slot");
    const ended = new Promise<void>((resolve) => this.#onEnd = resolve);
    this.#task = task;
    this.#lane = task.job.lane;
    let isBegun = false;
    try {
      isBegun = await begins();
    } finally {
      if (!isBegun && this.#task === task) this.#end();
    }
    if (this.#task !== task) return;
    this.#process = this.#processes.get(set)!;
    this.#process.post({ type: "call", task: task.job.task, attempt: task.job.attempt });
    await ended;
  }

  /** A process of the slot says something. */
  hear(process: ProcessHandle, message: FromProcess): void {
    switch (message.type) {
      case "ready":
        process.hasBeenReady = true;
        this.#admit(process);
        return;
      case "broken":
        process.kill();
        return this.#host.broken(message.error);
      case "message":
        return this.#host.message(this, message.message);
      case "settled":
        this.#settle(process, message);
        return;
      case "start-summary-request":
        return this.#host.recall(process, message.key, message.start);
      case "drained":
        return void process.sentinelsRead(message.sentinels).then(() =>
          this.#words.onDrained(process)
        );
      default:
        return;
    }
  }

  /** A line that no console of the process's own has printed. */
  printed(process: ProcessHandle, channel: "stdout" | "stderr", text: string): void {
    const task = this.#process === process ? this.#task?.job.task ?? null : null;
    const level = channel === "stdout" ? "info" : "error";
    this.#host.message(this, { type: "output", task, channel, level, text, after: 0 });
  }

  /** A process is gone, and not because we ended it. */
  gone(process: ProcessHandle, error: ErrorRecord): void {
    this.#words.onExited(process);
    if (this.#isOver) return;
    // Another would not get ready either.
    if (!process.hasBeenReady) return this.#host.broken(error);
    const task = this.#process === process ? this.#task : undefined;
    // First: a task that is given away since this one has ended would wait here for the next process.
    this.#replace(process);
    if (task === undefined) {
      this.#host.message(this, { type: "stray", suspects: [], error, after: 0 });
    } else {
      this.#host.lost(task, error);
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
    if (!this.isReady) this.#gettingReady.enforceLimit();
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
  async finish(hasTeardown: boolean): Promise<void> {
    this.#gettingReady[Symbol.dispose]();
    if (!this.#isOver) {
      const { timeoutMessage: givenUp, teardownErrors: left } = await this.#words.drain(
        this.#processes,
        true,
        hasTeardown,
      );
      for (const why of left) this.#host.message(this, teardownFailure(why));
      if (givenUp !== undefined && left.length === 0) {
        this.#host.message(this, teardownFailure(givenUp));
      }
    }
    this.close();
  }

  /** Ends its processes, and what they run. */
  close(): void {
    this.#isOver = true;
    this.#gettingReady[Symbol.dispose]();
    for (const process of this.#processes.values()) process.kill();
    this.#end();
  }

  async #admit(process: ProcessHandle): Promise<void> {
    const error = await this.#host.check();
    if (this.#isOver || !this.has(process)) return;
    if (error !== undefined) return this.#host.broken(error);
    process.isReady = true;
    if (this.isReady) this.#gettingReady[Symbol.dispose]();
    this.#host.readyChanged();
  }

  async #settle(process: ProcessHandle, message: FromProcess & { type: "settled" }): Promise<void> {
    const task = this.#task;
    await process.sentinelsRead(message.sentinels);
    if (task === undefined || this.#task !== task || task.job.task !== message.task) return;
    if (this.#process !== process) return;
    this.#host.settled(task, message);
    this.#end();
  }

  #end(): void {
    this.#task = this.#process = undefined;
    this.#onEnd();
  }

  #replace(process: ProcessHandle): void {
    const [set] = [...this.#processes].find(([, it]) => it === process)!;
    this.#processes.set(set, this.#host.start(this, set));
    this.#gettingReady[Symbol.dispose]();
    this.#gettingReady = this.#getReady();
    if (this.#isAborted) this.#gettingReady.enforceLimit();
    this.#host.readyChanged();
  }

  #getReady(): StartupTimeout {
    const host = this.#host;
    return new StartupTimeout({
      hasSetup: host.hasSetup,
      timeoutMs: host.timeoutMs,
      onNotice: (text) => host.notice(this, text),
      onTimeout: (why) =>
        host.broken({ type: "ProcessLostError", message: `the process of a slot ${why}` }),
      limits: host.readyLimits,
    });
  }

  #post(message: ToProcess): void {
    for (const process of this.#processes.values()) process.post(message);
  }
}
