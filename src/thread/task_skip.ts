/** A task that ends itself as skipped: `task.skip(reason)`. */
import type { SkipOptions } from "../task/context.ts";
import { type RanOutcome, TaskState } from "../plan/plan.ts";

/** Thrown by `task.skip`, to leave the task's function. */
export class TaskSkip extends Error {
  override name = "TaskSkip";
  /** The outcome of the task. */
  readonly outcome: RanOutcome;

  /** @throws {TypeError} when the reason is no text, or an option is invalid. */
  constructor(reason: string, { dependents = "skip" }: SkipOptions = {}) {
    if (typeof reason !== "string" || reason.trim() === "") {
      throw new TypeError(`Cannot skip a task because of ${Deno.inspect(reason)}: expected a text`);
    }
    if (dependents !== "skip" && dependents !== "run") {
      throw new TypeError(
        `Cannot skip a task with dependents: ${Deno.inspect(dependents)}: expected "skip" or "run"`,
      );
    }
    super(reason);
    this.outcome = dependents === "skip" ? TaskState.SKIPPED : TaskState.SKIPPED_ALONE;
  }
}
