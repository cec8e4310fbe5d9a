/**
 * The task or the hook that started the code which prints: its output belongs to it, also when that code is a
 * callback that runs after the task has ended. A thread carries the owner in an async variable.
 */
import type { OutputChannel } from "../../events/run_event.ts";
import type { LogLevel } from "../../task/context.ts";
import type { HookName } from "../../task/hooks.ts";
import type { TaskId } from "../../task/task.ts";
import type { LineSink } from "./output_sink.ts";
import type { LaneSender } from "../lane_sender.ts";

/** See the head of this file. */
export class OutputOwner implements LineSink {
  /** The task, or null for a hook. */
  readonly task: TaskId | null;
  /** Whether a child process that it started has failed: the terminal may have interrupted it, and the run. */
  hasFailedChild = false;
  readonly #sender: LaneSender;
  readonly #hook: HookName | undefined;

  constructor(sender: LaneSender, task: TaskId | null, hook?: HookName) {
    this.#sender = sender;
    this.task = task;
    this.#hook = hook;
  }

  output(channel: OutputChannel, level: LogLevel, text: string): void {
    this.#sender.output({ task: this.task, hook: this.#hook }, channel, level, text);
  }

  childFailed(): void {
    this.hasFailedChild = true;
  }

  /** An uncaught error came up in code that it started. */
  stray(thrown: unknown): void {
    this.#sender.stray(this.task === null ? [] : [this.task], thrown, this.#hook);
  }
}
