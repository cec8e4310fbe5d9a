/** The code of a run's tasks by id, each looked up by its name once. */
import { plural, quoteList } from "../base/text_format.ts";
import type { FoundTask, TaskId } from "../task/task.ts";

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

/** A task whose code the thread that is to run it cannot find. The message says what was found, and what can be done. */
export class TaskNotFoundError extends Error {
  override name = "TaskNotFoundError";
}

/**
 * The error such a task fails with.
 *
 * @param found The names of the tasks that the thread did find.
 */
function taskNotFoundError(name: string, found: readonly string[]): TaskNotFoundError {
  const seen = found.length === 0
    ? "no task"
    : `${plural(found.length, "task")}: ${quoteList(found)}`;
  return new TaskNotFoundError(
    `Cannot find the task "${name}" in this worker, which found ${seen}. ` +
      "A function cannot cross threads: a worker imports the module again, and sees the schedulers " +
      "made, and the tasks registered, at its top level. Do both there, name the module that does " +
      '(`module: import.meta.url`), or use `mode: "replay"` (the main program runs again in the ' +
      'worker, but no test does) or `mode: "inline"` (tasks run on the main thread)',
  );
}
