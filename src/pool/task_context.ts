/** The context a task is given, made as cheaply as can be: most tasks never look at it. */
import { threadName } from "../events/run_event.ts";
import type { Logger, TaskContext } from "../task/context.ts";
import type { TaskSignal } from "./task_signal.ts";

/** What the contexts of one thread share. */
export interface ContextHost {
  readonly lane: number;
  readonly log: Logger;
}

/** See the head of this file. */
export class LaneTaskContext implements TaskContext {
  readonly name: string;
  readonly attempt: number;
  readonly #host: ContextHost;
  readonly #signal: TaskSignal;

  constructor(host: ContextHost, name: string, attempt: number, signal: TaskSignal) {
    this.#host = host;
    this.name = name;
    this.attempt = attempt;
    this.#signal = signal;
  }

  get thread(): string {
    return threadName(this.#host.lane);
  }

  get signal(): AbortSignal {
    return this.#signal.get();
  }

  get log(): Logger {
    return this.#host.log;
  }
}
