/**
 * The executors of a lane: one for each permission set of the run's tasks. At most one of them runs
 * a task at a time.
 */
import type { LaneMessage } from "../lane/lane_message.ts";
import type { TaskId } from "../task/task.ts";
import type { FromProcess, ToProcess } from "./ipc_protocol.ts";
import type { Executor } from "./executor.ts";

/** The executors of a lane, by the names of their permission sets. */
export class ExecutorSet {
  readonly #executors = new Map<string, Executor>();
  #running: { readonly executor: Executor; readonly task: TaskId } | undefined;

  /** Whether all executors have loaded the code of the run. */
  get isReady(): boolean {
    return this.#executors.values().every((executor) => executor.isReady);
  }

  /** Whether an executor has not acknowledged the run yet. */
  get isAwaitingAck(): boolean {
    return this.#executors.values().some((executor) => executor.isAwaitingAck);
  }

  /** The executor that runs a task now. */
  get running(): Executor | undefined {
    return this.#running?.executor;
  }

  /** The executor of a permission set. */
  get(permissionSet: string): Executor | undefined {
    return this.#executors.get(permissionSet);
  }

  /** Adds an executor, or replaces the one of the same permission set. */
  set(permissionSet: string, executor: Executor): void {
    this.#executors.set(permissionSet, executor);
  }

  /** The name of an executor's permission set; undefined if the executor is not in this set. */
  keyOf(executor: Executor): string | undefined {
    for (const [key, it] of this.#executors) if (it === executor) return key;
    return undefined;
  }

  /** Iterates over the executors. */
  [Symbol.iterator](): IterableIterator<Executor> {
    return this.#executors.values();
  }

  /** Calls a task in the executor of its permission set. */
  call(permissionSet: string, task: TaskId, attempt: number): void {
    const executor = this.#executors.get(permissionSet)!;
    this.#running = { executor, task };
    executor.post({ type: "call", task, attempt });
  }

  /**
   * Reads the output that an executor wrote until it settled a task. Resolves to whether the call
   * is still the current one: it may have been ended meanwhile.
   */
  async isSettled(
    executor: Executor,
    { task, sentinels }: FromProcess & { type: "settled" },
  ): Promise<boolean> {
    const running = this.#running;
    await executor.sentinelsRead(sentinels);
    return running !== undefined && running === this.#running && running.executor === executor &&
      running.task === task;
  }

  /** Ends the current call: later messages about it are not for its task. */
  endCall(): void {
    this.#running = undefined;
  }

  /** The message of a line that an executor wrote past its console. */
  outputMessage(
    executor: Executor,
    channel: "stdout" | "stderr",
    text: string,
  ): LaneMessage & { type: "output" } {
    const task = this.#running?.executor === executor ? this.#running.task : null;
    const level = channel === "stdout" ? "info" : "error";
    return { type: "output", task, channel, level, text, after: 0 };
  }

  /** Posts a message to all executors. */
  post(message: ToProcess): void {
    for (const executor of this) executor.post(message);
  }

  /** Kills all executors. */
  kill(): void {
    for (const executor of this) executor.kill();
  }
}
