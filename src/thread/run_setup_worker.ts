/** What a thread or process does before its first task. */
import type { SharedState } from "../state/shared_state.ts";
import { caseResults } from "../lane/run_cases.ts";
import type { TaskLoop } from "./task_loop.ts";
import type { LoadedCode } from "./code_loader.ts";

/**
 * Calls the module's hooks for a worker.
 *
 * @param loop The loop of its first run.
 * @returns What to call when it has nothing more to do.
 */
export async function runSetupWorker(
  { hooks, cases }: LoadedCode,
  state: SharedState,
  loop: TaskLoop,
): Promise<Teardown> {
  const { setupState, setupWorker, teardownWorker } = hooks;
  if (cases) state.groupResults(caseResults(cases));
  if (setupState && isAsync(setupState)) {
    await loop.during("setupState", () => state.prepareThreadLocals(setupState));
  } else if (setupState) state.useSetup(setupState); // run when a thread-local key is first read
  if (setupWorker) await loop.during("setupWorker", () => setupWorker(state.root));
  return async (loop) => {
    if (teardownWorker) await loop.during("teardownWorker", () => teardownWorker(state.root));
  };
}

/** Calls what is to be called when a worker has nothing more to do, with the loop it has by then. */
export type Teardown = (loop: TaskLoop) => Promise<void>;

/** A read of the state cannot wait for a promise, so an async setupState runs before the first task. */
function isAsync(fn: (state: never) => unknown): boolean {
  return Object.prototype.toString.call(fn) === "[object AsyncFunction]";
}
