/**
 * The task or hook that started the code that prints. The output belongs to it even if that code is
 * a callback that runs after the task's end. A thread carries the owner in an async variable.
 */
import type { OutputChannel } from "../../events/run_event.ts";
import type { LogLevel } from "../../task/context.ts";
import type { HookName } from "../../task/hooks.ts";
import type { TaskId } from "../../task/task.ts";
import type { LineSink } from "./output_sink.ts";
import type { LaneSender } from "../lane_sender.ts";

/** The owner of output: a task, or a hook. */
export class OutputOwner implements LineSink {
  /** The task, or null for a hook. */
  readonly task: TaskId | null;
  /**
   * Whether a child process of it has failed: the terminal may have interrupted the child, and the
   * run.
   */
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

  /** Reports an uncaught error of code that the owner started. */
  stray(thrown: unknown): void {
    this.#sender.stray(this.task === null ? [] : [this.task], thrown, this.#hook);
  }
}
