/** Prepares the shared state before the first task starts. */
import type { ModuleHooks } from "../../task/hooks.ts";
import type { SharedState } from "../../state/shared_state.ts";
import type { System } from "../system/system.ts";
import type { Request } from "../args/request.ts";

/** The result of {@linkcode prepareState}. */
export interface PreparedState {
  /** The content of the state file, if there is one. */
  readonly file: Readonly<Record<string, unknown>> | undefined;
  readonly notes: readonly string[];
}

/**
 * Fills the state from the state file, then from the command line, which takes precedence; sets the
 * mocked results; then calls the module's `setupState`.
 *
 * @returns The content of the state file, and notes on the thread-local keys.
 * @throws {UsageError} when the state file is invalid or `setupState` throws.
 */
export async function prepareState(
  state: SharedState,
  request: Request,
  hooks: ModuleHooks,
  system: System,
): Promise<PreparedState> {
  const file = request.stateFile === undefined
    ? undefined
    : await loadStateFile(request.stateFile, system);
  state.fill([...Object.entries(file ?? {}), ...request.state]);
  for (const [name, result] of request.mocks) state.setResult(name, result);
  if (!hooks.setupState) return { file, notes: [] };
  try {
    return { file, notes: await state.setup(hooks.setupState) };
  } catch (error) {
    const { HookFailure } = await import("./hook_failure.ts");
    throw new HookFailure("setupState", error, system);
  }
}

async function loadStateFile(path: string, system: System): Promise<Record<string, unknown>> {
  const { readStateFile } = await import("./state_file.ts");
  return readStateFile(path, system);
}
