/** What a fragment of a page may take for granted: a block of TypeScript without imports is one. */
import type * as library from "@thread-order/cli";

declare global {
  const mark: typeof library.mark;
  const dmark: typeof library.dmark;
  const logger: library.Logger;
  const Scheduler: typeof library.Scheduler;
  const s: library.Scheduler;
  const state: library.State;
  const task: library.TaskContext;
}
