/**
 * The processes of a lane: one for each permission set of the run's tasks. At most one of them runs
 * a task at a time.
 */
import type { LaneMessage } from "../lane/lane_message.ts";
import type { TaskId } from "../task/task.ts";
import type { FromProcess, ToProcess } from "./ipc_protocol.ts";
import type { Executor } from "./executor.ts";

/** The processes of a lane, by the names of their permission sets. */
export class ProcessSet {
  readonly #processes = new Map<string, Executor>();
  #running: { readonly process: Executor; readonly task: TaskId } | undefined;

  /** Whether all processes have loaded the code of the run. */
  get isReady(): boolean {
    return this.#processes.values().every((process) => process.isReady);
  }

  /** Whether a process has not acknowledged the run yet. */
  get isAwaitingAck(): boolean {
    return this.#processes.values().some((process) => process.isAwaitingAck);
  }

  /** The process that runs a task now. */
  get running(): Executor | undefined {
    return this.#running?.process;
  }

  /** The process of a permission set. */
  get(permissionSet: string): Executor | undefined {
    return this.#processes.get(permissionSet);
  }

  /** Adds a process, or replaces the one of the same permission set. */
  set(permissionSet: string, process: Executor): void {
    this.#processes.set(permissionSet, process);
  }

  /** The name of a process's permission set; undefined if the process is not in this set. */
  keyOf(process: Executor): string | undefined {
    for (const [key, it] of this.#processes) if (it === process) return key;
    return undefined;
  }

  /** Iterates over the processes. */
  [Symbol.iterator](): IterableIterator<Executor> {
    return this.#processes.values();
  }

  /** Calls a task in the process of its permission set. */
  call(permissionSet: string, task: TaskId, attempt: number): void {
    const process = this.#processes.get(permissionSet)!;
    this.#running = { process, task };
    process.post({ type: "call", task, attempt });
  }

  /**
   * Reads the output that a process wrote until it settled a task. Resolves to whether the call is
   * still the current one: it may have been ended meanwhile.
   */
  async isSettled(
    process: Executor,
    { task, sentinels }: FromProcess & { type: "settled" },
  ): Promise<boolean> {
    const running = this.#running;
    await process.sentinelsRead(sentinels);
    return running !== undefined && running === this.#running && running.process === process &&
      running.task === task;
  }

  /** Ends the current call: later messages about it are not for its task. */
  endCall(): void {
    this.#running = undefined;
  }

  /** The message of a line that a process wrote past its console. */
  outputMessage(
    process: Executor,
    channel: "stdout" | "stderr",
    text: string,
  ): LaneMessage & { type: "output" } {
    const task = this.#running?.process === process ? this.#running.task : null;
    const level = channel === "stdout" ? "info" : "error";
    return { type: "output", task, channel, level, text, after: 0 };
  }

  /** Posts a message to all processes. */
  post(message: ToProcess): void {
    for (const process of this) process.post(message);
  }

  /** Kills all processes. */
  kill(): void {
    for (const process of this) process.kill();
  }
}
