/** The context a task is given, made as cheaply as can be: most tasks never look at it. */
import { threadName } from "../events/run_event.ts";
import type { Logger, TaskContext } from "../task/context.ts";
import { loggerTo } from "../task/logger.ts";
import type { LineSink } from "./output/output_sink.ts";
import type { TaskSignal } from "./task_signal.ts";

/** What the contexts of one thread share. */
export interface TaskContextDeps {
  readonly lane: number;
  /** The signal of an attempt. */
  signal(of: LaneTaskContext): TaskSignal;
}

/** See the head of this file. */
export class LaneTaskContext implements TaskContext {
  readonly name: string;
  readonly attempt: number;
  readonly #deps: TaskContextDeps;
  readonly #owner: LineSink;
  /** Once it was asked for: it stays that of this attempt. */
  #signal: TaskSignal | undefined;

  /** @param owner Takes what the task logs. */
  constructor(deps: TaskContextDeps, owner: LineSink, name: string, attempt: number) {
    this.#deps = deps;
    this.#owner = owner;
    this.name = name;
    this.attempt = attempt;
  }

  get thread(): string {
    return threadName(this.#deps.lane);
  }

  get signal(): AbortSignal {
    return (this.#signal ??= this.#deps.signal(this)).get();
  }

  get log(): Logger {
    return loggerTo(() => (level, text) => this.#owner.output("log", level, text));
  }
}
