/** The hooks of a thread or process before its first task, and after its last. */
import type { SharedState } from "../state/shared_state.ts";
import { caseResults } from "../lane/run_cases.ts";
import type { TaskLoop } from "./task_loop.ts";
import type { LoadedCode } from "./code_loader.ts";

/**
 * Runs the module's hooks for a worker.
 *
 * @param loop The loop of its first run.
 * @returns A function that tears the worker down.
 */
export async function runSetupWorker(
  { hooks, cases }: LoadedCode,
  state: SharedState,
  loop: TaskLoop,
): Promise<Teardown> {
  const { setupState, setupWorker, teardownWorker } = hooks;
  if (cases) state.groupResults(caseResults(cases));
  if (setupState && isAsync(setupState)) {
    await loop.runHook("setupState", () => state.prepareThreadLocals(setupState));
  } else if (setupState) state.useSetup(setupState); // run on the first read of a thread-local key
  if (setupWorker) await loop.runHook("setupWorker", () => setupWorker(state.root));
  return async (loop) => {
    if (teardownWorker) await loop.runHook("teardownWorker", () => teardownWorker(state.root));
  };
}

/** Tears a worker down, with the loop of its last run. */
export type Teardown = (loop: TaskLoop) => Promise<void>;

/**
 * Whether a function is async. Reading the state is synchronous, so an async setupState must run
 * before the first task.
 */
function isAsync(fn: (state: never) => unknown): boolean {
  return Object.prototype.toString.call(fn) === "[object AsyncFunction]";
}
