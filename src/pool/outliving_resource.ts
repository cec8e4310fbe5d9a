/** A resource that has outlived its run: its thread has the instance until it is disposed of. */
import type { ErrorRecord } from "../base/error_record.ts";
import type { LaneMessage } from "../lane/lane_message.ts";
import { settlesWithin } from "../runtime/settles_within.ts";
import type { TaskId } from "../task/task.ts";
import type { Pool, PoolListener } from "./pool.ts";

/** Options of {@linkcode OutlivingResource}. */
export interface OutlivingResourceOptions {
  readonly name: string;
  /** Its set-up in the run. */
  readonly setUp: TaskId;
  /** The pool of its thread. */
  readonly pool: Pool;
  /** Time limit of the tear-down in ms; none if undefined. */
  readonly timeoutMs: number | undefined;
}

/** Receives what a resource prints after its run, and its loss. */
export interface OutlivingResourceListener {
  /** Handles a line that the resource has printed. */
  output(text: string): void;
  /** Handles the loss of the resource; its thread may be alive, and disposes of what is left. */
  lost(): void;
}

/** A resource after its run. */
export class OutlivingResource implements PoolListener {
  readonly name: string;
  readonly isReporting = false;
  /** Receives its events from now on. */
  listener: OutlivingResourceListener | undefined;
  readonly #options: OutlivingResourceOptions;
  #disposal: Promise<ErrorRecord | undefined> | undefined;

  constructor(options: OutlivingResourceOptions) {
    this.name = options.name;
    this.#options = options;
  }

  message(_lane: number, message: LaneMessage): void {
    if (message.type === "output") this.listener?.output(message.text);
    else if (message.type === "stray") this.listener?.output(textOf(message.error));
    else if (message.type === "lost") this.listener?.lost();
  }

  notice(): void {}

  lost(_lane: number, error: ErrorRecord): void {
    if (this.#disposal !== undefined) return;
    this.listener?.output(`its thread was lost: ${error.message}`);
    this.listener?.lost();
  }

  exhausted(): void {}

  /** Disposes of it once, and ends its thread. Resolves with the error, if any. */
  dispose(): Promise<ErrorRecord | undefined> {
    return this.#disposal ??= this.#dispose();
  }

  async #dispose(): Promise<ErrorRecord | undefined> {
    const { pool, setUp, timeoutMs } = this.#options;
    const released = pool.release!(setUp);
    const isInTime = timeoutMs === undefined || await settlesWithin(released, timeoutMs);
    const error = isInTime ? await released : timeoutError(timeoutMs);
    await pool[Symbol.asyncDispose]();
    return error;
  }
}

function timeoutError(timeoutMs: number): ErrorRecord {
  return {
    type: "TimeoutError",
    message: `the tear-down took longer than its timeout of ${timeoutMs} ms`,
  };
}

function textOf({ type, message }: ErrorRecord): string {
  return `${type}: ${message}`;
}
