/** The code of a run's tasks by id, each looked up by its name once. */
import type { FoundTask, TaskId } from "../task/task.ts";
import { taskNotFoundError } from "./task_not_found.ts";

/** See the head of this file. */
export class TaskLookup {
  readonly #names: readonly string[];
  readonly #tasks: ReadonlyMap<string, FoundTask>;
  readonly #found: (FoundTask | Error | undefined)[];

  /**
   * @param names The names of the run's tasks by id.
   * @param tasks What this thread has found.
   */
  constructor(names: readonly string[], tasks: ReadonlyMap<string, FoundTask>) {
    this.#names = names;
    this.#tasks = tasks;
    this.#found = new Array(names.length);
  }

  /** The code of a task, or the error to fail it with where there is none. */
  get(task: TaskId): FoundTask | Error {
    return this.#found[task] ??= this.#find(this.#names[task]!);
  }

  /** Whether it is the table of these names and of what was found: then it serves another run. */
  isOf(names: readonly string[], tasks: ReadonlyMap<string, FoundTask>): boolean {
    return this.#names === names && this.#tasks === tasks;
  }

  #find(name: string): FoundTask | Error {
    return this.#tasks.get(name) ?? taskNotFoundError(name, [...this.#tasks.keys()]);
  }
}
