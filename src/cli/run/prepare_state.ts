/** Prepares the shared state before the first task starts. */
import { UsageError } from "../../base/errors.ts";
import type { ProjectHooks } from "../../task/project_hooks.ts";
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
  hooks: ProjectHooks,
  system: System,
): Promise<PreparedState> {
  const file = request.stateFile === undefined
    ? undefined
    : await loadStateFile(request.stateFile, system);
  state.fill([...Object.entries(file ?? {}), ...request.state]);
  for (const [name, result] of request.mocks) state.setResult(name, result);
  if (!hooks.setupState) return { file, notes: [] };
  if (hooks.noteKey) state.watchWrites(hooks.noteKey);
  try {
    return { file, notes: await state.setup(hooks.setupState) };
  } catch (error) {
    if (error instanceof UsageError) throw error; // of the project, not of the hook
    const { HookFailure } = await import("./hook_failure.ts");
    throw new HookFailure("setupState", error, system);
  } finally {
    if (hooks.noteKey) state.watchWrites(undefined);
  }
}

async function loadStateFile(path: string, system: System): Promise<Record<string, unknown>> {
  const { readStateFile } = await import("./state_file.ts");
  return readStateFile(path, system);
}
