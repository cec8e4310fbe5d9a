/** The interface of reporters. */
import type { RunEvent } from "./run_event.ts";

/**
 * Derives output from events.
 *
 * ```ts
 * import { type Reporter, Scheduler } from "@thread-order/cli";
 *
 * const failures: Reporter = {
 * report(event) {
 *     if (event.type !== "task-finished" || event.outcome.status !== "failed") return;
 *     console.error(event.elapsedMs, event.outcome.error.message);
 * },
 * };
 * const s = new Scheduler({ reporters: [failures] });
 * ```
 */
export interface Reporter extends Partial<AsyncDisposable> {
  /** Handles one event, synchronously: slow work is buffered, and flushed on disposal. */
  report(event: RunEvent): void;
}
