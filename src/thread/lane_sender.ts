/**
 * What a thread says to the main thread about a run. Messages and the records of the plan's log are put in
 * one order there: so each message says how many records there were, and each record that ends a task how
 * many messages.
 */
import type { ErrorRecord } from "../base/error_record.ts";
import { isInstance } from "../base/is_instance.ts";
import { stripInternalFrame } from "../runtime/internal_frames.ts";
import type { OutputChannel } from "../events/run_event.ts";
import type { LogLevel } from "../task/context.ts";
import type { HookName } from "../task/hooks.ts";
import type { TaskId } from "../task/task.ts";
import { HookError, recordThrown } from "./hook_error.ts";
import type { TaskLoopOptions } from "./task_loop_options.ts";
import type { LaneMessage } from "../lane/lane_message.ts";

/** Who output belongs to. */
export interface OutputOrigin {
  readonly task: TaskId | null;
  readonly hook?: HookName | undefined;
}

/** See the head of this file. */
export class LaneSender {
  readonly #options: Pick<TaskLoopOptions, "plan" | "send">;
  readonly #nowMs: () => number;
  #sentCount: number;
  /** The hook of the module that is being called, if one is: what is said meanwhile is its own. */
  hook: HookName | undefined;
  /** Says that the hook has called an exit function. It fails then, even if it has caught this error. */
  exitError: Error | undefined;

  /** @param nowMs Milliseconds since the run's start. */
  constructor(options: Pick<TaskLoopOptions, "plan" | "send" | "postedBase">, nowMs: () => number) {
    this.#options = options;
    this.#nowMs = nowMs;
    this.#sentCount = options.postedBase;
  }

  /** How many messages there were. */
  get sentCount(): number {
    return this.#sentCount;
  }

  /** Output, of one line or more. Of stacks the user's part is told. */
  output(
    { task, hook }: OutputOrigin,
    channel: OutputChannel,
    level: LogLevel,
    text: string,
  ): void {
    const origin = hook === undefined ? { task } : { task, hook };
    for (const line of text.split("\n")) {
      const shown = stripInternalFrame(line); // an error that was printed has other words after it
      if (shown === "" && line !== "") continue;
      this.#post({ type: "output", ...origin, channel, level, text: shown, ...this.#stamp });
    }
  }

  /** Why a task fails, or what it threw in an attempt that was aborted. */
  failed(task: TaskId, error: ErrorRecord): void {
    this.#post({ type: "failed", task, error, ...this.#stamp });
  }

  /** The keys of the state that an attempt has written. */
  wrote(task: TaskId, keys: readonly string[]): void {
    this.#post({ type: "wrote", task, keys, ...this.#stamp });
  }

  /** An error that nobody caught, and whose it may be, unless it is a hook's. */
  stray(suspects: readonly TaskId[], thrown: unknown, of: HookName | undefined): void {
    const error = recordThrown(thrown);
    const hook = isInstance(thrown, HookError) ? thrown.hook : of;
    const origin = hook === undefined ? { suspects } : { suspects: [], hook };
    this.#post({ type: "stray", ...origin, error, ...this.#stamp });
  }

  /** Counted last: a task may run out of stack in here, and what was not sent would be waited for without end. */
  #post(message: LaneMessage): void {
    this.#options.send(message);
    this.#sentCount++;
  }

  /** Its own time: the main thread may be busy, and take it in when much else has happened since. */
  get #stamp(): { after: number; atMs: number } {
    return { after: this.#options.plan.log.published, atMs: this.#nowMs() };
  }
}
