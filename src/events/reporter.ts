/** The interface of reporters. */
import type { RunEvent } from "./run_event.ts";
import type { RunView } from "./run_view.ts";

/**
 * A receiver of a run's events: reporters derive all output from these. A reporter that throws is
 * detached. Its `[Symbol.asyncDispose]`, if it has one, is awaited at the end of the run.
 *
 * ```ts
 * import { type Reporter, Scheduler } from "@thread-order/cli";
 *
 * const failures: Reporter = {
 *   report(event, view) {
 *     if (event.type !== "task-finished" || event.outcome.status !== "failed") return;
 *     console.error(view.tasks[event.task]!.name, event.outcome.error.message);
 *   },
 * };
 * const s = new Scheduler({ reporters: [failures] });
 * ```
 */
export interface Reporter extends Partial<AsyncDisposable> {
  /**
   * Handles one event, synchronously: buffer slow work, and flush it on disposal.
   *
   * @param event The event.
   * @param view The state of the run after this event. Shared by all reporters and changed by the
   * next event: read it during the call, and copy what has to be kept.
   */
  report(event: RunEvent, view: RunView): void;
}
