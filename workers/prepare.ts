/** What a thread or process does before its first task. */
import type { SharedState } from "../src/state/shared_state.ts";
import type { LoadedCode } from "./load_code.ts";

/**
 * Calls the module's hooks for a worker.
 *
 * @returns What to call when it has nothing more to do.
 */
export async function prepare({ hooks }: LoadedCode, state: SharedState): Promise<() => unknown> {
  const { setupState } = hooks;
  if (setupState && isAsync(setupState)) await state.prepareLocals(setupState);
  else if (setupState) state.useSetup(setupState); // run when a thread-local key is first read
  await hooks.setupWorker?.(state.root);
  return () => hooks.teardownWorker?.(state.root);
}

/** A read of the state cannot wait for a promise, so an async setupState runs before the first task. */
function isAsync(fn: (state: never) => unknown): boolean {
  return Object.prototype.toString.call(fn) === "[object AsyncFunction]";
}
