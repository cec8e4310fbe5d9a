/** A task whose code the thread that is to run it cannot find. */
import { plural, quoteList } from "../base/text_format.ts";

/** See the head of this file. The message says what was found, and what can be done. */
export class TaskNotFoundError extends Error {
  override name = "TaskNotFoundError";
}

/**
 * The error such a task fails with.
 *
 * @param found The names of the tasks that the thread did find.
 */
export function taskNotFoundError(name: string, found: readonly string[]): TaskNotFoundError {
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
