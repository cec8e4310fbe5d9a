/** The functions of a run's tasks by id, each looked up by name once. */
import { plural, quoteList } from "../base/text_format.ts";
import type { FoundTask, TaskId, TaskMap } from "../task/task.ts";

/** Maps task ids to functions. */
export class TaskLookup {
  readonly #names: readonly string[];
  readonly #tasks: TaskMap;
  readonly #found: (FoundTask | Error | undefined)[];

  /**
   * @param names The names of the run's tasks by id.
   * @param tasks The tasks that this thread has found.
   */
  constructor(names: readonly string[], tasks: TaskMap) {
    this.#names = names;
    this.#tasks = tasks;
    this.#found = new Array(names.length);
  }

  /** Returns a task's function, or the error to fail it with. */
  get(task: TaskId): FoundTask | Error {
    return this.#found[task] ??= this.#find(this.#names[task]!);
  }

  /** Whether the lookup was created from these names and tasks, so that it can be reused. */
  isOf(names: readonly string[], tasks: TaskMap): boolean {
    return this.#names === names && this.#tasks === tasks;
  }

  #find(name: string): FoundTask | Error {
    return this.#tasks.get(name) ?? taskNotFoundError(name, [...this.#tasks.keys()]);
  }
}

/** A thread cannot find the function of a task it should run. */
export class TaskNotFoundError extends Error {
  override name = "TaskNotFoundError";
}

/**
 * Creates the error; its message lists the tasks found and the remedies.
 *
 * @param found The names of the tasks that the thread has found.
 */
function taskNotFoundError(name: string, found: readonly string[]): TaskNotFoundError {
  const seen = found.length === 0
    ? "no task"
    : `${plural(found.length, "task")}: ${quoteList(found)}`;
  return new TaskNotFoundError(
    `Cannot find the task "${name}" in this worker, which found ${seen}. ` +
      "Functions cannot be sent to workers: each worker imports the module again, and finds the " +
      "schedulers and tasks that its top level creates. Create both at the top level, name the " +
      'module that does (`module: import.meta.url`), or use `mode: "inline"` (tasks run on the ' +
      "main thread)",
  );
}
