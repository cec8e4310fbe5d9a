/** The context passed to a task. It is cheap to create, since most tasks never use it. */
import { threadName } from "../events/run_event.ts";
import type { Logger, SkipOptions } from "../task/context.ts";
import { loggerTo } from "../task/logger.ts";
import type { LineSink } from "./output/output_sink.ts";
import type { ErrorRecord } from "../base/error_record.ts";
import type { ResourceContext } from "../task/resource_nodes.ts";
import type { FoundTask } from "../task/task.ts";
import type { TaskSignal } from "./task_signal.ts";

/** The dependencies that the contexts of one thread share. */
export interface TaskContextDeps {
  readonly lane: number;
  /** Returns the signal of an attempt. */
  signal(of: LaneTaskContext): TaskSignal;
  /** Ends an attempt as skipped, by throwing an error. */
  skip(of: LaneTaskContext, reason: string, options?: SkipOptions): never;
  /** Creates the results of the dependencies of a task. */
  results(of: FoundTask): object;
  /** Reports that the resource of a set-up is gone. */
  reportLost(of: LaneTaskContext, owner: LineSink, error: ErrorRecord): void;
  /** Decides whether the resource of a tear-down outlives the run. */
  keep(): boolean;
  /** Creates the values of the resources that a task uses. */
  use(of: FoundTask): object;
}

/** The context of one attempt on a lane. */
export class LaneTaskContext implements ResourceContext {
  readonly name: string;
  readonly attempt: number;
  readonly #task: FoundTask;
  readonly #deps: TaskContextDeps;
  readonly #owner: LineSink;
  #results: object | undefined;
  #use: object | undefined;
  /** The attempt's signal, once it was read: later attempts have others. */
  #signal: TaskSignal | undefined;

  /** @param owner Receives the task's log lines. */
  constructor(deps: TaskContextDeps, owner: LineSink, task: FoundTask, attempt: number) {
    this.#deps = deps;
    this.#owner = owner;
    this.#task = task;
    this.name = task.spec.name;
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

  get results(): object {
    return this.#results ??= this.#deps.results(this.#task);
  }

  get use(): object {
    return this.#use ??= this.#deps.use(this.#task);
  }

  reportLost(error: ErrorRecord): void {
    this.#deps.reportLost(this, this.#owner, error);
  }

  keep(): boolean {
    return this.#deps.keep();
  }

  skip(reason: string, options?: SkipOptions): never {
    this.#deps.skip(this, reason, options);
  }
}
