/**
 * The messages of a thread to the main thread in a run. The main thread merges them with the
 * records of the transition log: each message carries the number of records, and each record that
 * ends a task carries the number of messages.
 */
import type { ErrorRecord } from "../base/error_record.ts";
import { isInstance } from "../base/is_instance.ts";
import { stripInternalFrame } from "../runtime/internal_frames.ts";
import type { CacheNote, OutputChannel } from "../events/run_event.ts";
import type { LogLevel } from "../task/context.ts";
import type { HookName } from "../task/hooks.ts";
import type { TaskId } from "../task/task.ts";
import { HookError, recordThrown } from "./hook_error.ts";
import type { TaskLoopOptions } from "./task_loop_options.ts";
import type { LaneMessage } from "../lane/lane_message.ts";

/** A line of output. */
export interface OutputLine {
  readonly channel: OutputChannel;
  readonly level: LogLevel;
  readonly text: string;
}

/** The owner of output. */
export interface OutputOrigin {
  readonly task: TaskId | null;
  readonly hook?: HookName | undefined;
}

/** Numbers and sends the messages of one lane to the main thread. */
export class LaneSender {
  readonly #options: Pick<TaskLoopOptions, "plan" | "send">;
  readonly #nowMs: () => number;
  #sentCount: number;
  /** The hook that is being called, if any: messages are attributed to it. */
  hook: HookName | undefined;
  /**
   * The error of an exit function that the hook called. The hook fails, even if it catches this
   * error.
   */
  exitError: Error | undefined;
  /** Called with each line of output. */
  onOutput: ((task: TaskId | null, line: OutputLine) => void) | undefined;

  /** @param nowMs Milliseconds since the run's start. */
  constructor(options: Pick<TaskLoopOptions, "plan" | "send" | "firstSeq">, nowMs: () => number) {
    this.#options = options;
    this.#nowMs = nowMs;
    this.#sentCount = options.firstSeq;
  }

  /** Number of messages sent. */
  get sentCount(): number {
    return this.#sentCount;
  }

  /** Sends output of one or more lines. Internal frames are removed from stacks. */
  output(
    { task, hook }: OutputOrigin,
    channel: OutputChannel,
    level: LogLevel,
    text: string,
  ): void {
    const origin = hook === undefined ? { task } : { task, hook };
    for (const line of text.split("\n")) {
      const shown = stripInternalFrame(line); // the line of a printed error may end in other text
      if (shown === "" && line !== "") continue;
      this.onOutput?.(task, { channel, level, text: shown });
      this.#post({ type: "output", ...origin, channel, level, text: shown, ...this.#stamp });
    }
  }

  /** Sends the error of a failed task, or the error of an aborted attempt. */
  failed(task: TaskId, error: ErrorRecord): void {
    this.#post({ type: "failed", task, error, ...this.#stamp });
  }

  /** Sends the reason of a task that skips itself. */
  skipped(task: TaskId, reason: string): void {
    this.#post({ type: "skipped", task, reason, ...this.#stamp });
  }

  /** Sends that a resource is gone, while tasks may use it. */
  lost(resource: string, attempt: number, error: ErrorRecord): void {
    this.#post({ type: "lost", resource, attempt, error, ...this.#stamp });
  }

  /** Sends that a tear-down disposes of nothing. */
  kept(task: TaskId): void {
    this.#post({ type: "kept", task, ...this.#stamp });
  }

  /** Sends the keys of the state that an attempt has written. */
  wrote(task: TaskId, keys: readonly string[]): void {
    this.#post({ type: "wrote", task, keys, ...this.#stamp });
  }

  /** Sends the use of the cache for an attempt. */
  cache(task: TaskId, note: CacheNote): void {
    this.#post({ type: "cache", task, note, ...this.#stamp });
  }

  /** Sends an uncaught error and its suspects, or its hook. */
  stray(suspects: readonly TaskId[], thrown: unknown, of: HookName | undefined): void {
    const error = recordThrown(thrown);
    const hook = isInstance(thrown, HookError) ? thrown.hook : of;
    const origin = hook === undefined ? { suspects } : { suspects: [], hook };
    this.#post({ type: "stray", ...origin, error, ...this.#stamp });
  }

  /**
   * Sends a message, then counts it: a task may run out of stack in here, and a message that was
   * counted but not sent would be waited for without end.
   */
  #post(message: LaneMessage): void {
    this.#options.send(message);
    this.#sentCount++;
  }

  /**
   * The position in the log and the time of a message: the main thread may handle it much later.
   */
  get #stamp(): { after: number; atMs: number } {
    return { after: this.#options.plan.log.published, atMs: this.#nowMs() };
  }
}
