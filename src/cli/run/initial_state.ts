/** What the state holds when the first task starts. */
import type { ModuleHooks } from "../../task/hooks.ts";
import type { SharedState } from "../../state/shared_state.ts";
import type { System } from "../system/system.ts";
import type { Request } from "../args/request.ts";

/** What came of preparing the state. */
export interface PreparedState {
  /** What the state file holds, where there is one. */
  readonly file: Readonly<Record<string, unknown>> | undefined;
  readonly notes: readonly string[];
}

/**
 * Fills the state: the state file first, over it what was typed, then the module's `setupState`, which
 * sees both; and the mocked results.
 *
 * @returns What the state file holds, and notes on the keys that are thread-local.
 * @throws {UsageError} when the state file is wrong, or `setupState` throws.
 */
export async function prepareState(
  state: SharedState,
  request: Request,
  hooks: ModuleHooks,
  system: System,
): Promise<PreparedState> {
  const file = request.stateFile === undefined
    ? undefined
    : await fromFile(request.stateFile, system);
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

async function fromFile(path: string, system: System): Promise<Record<string, unknown>> {
  const { readStateFile } = await import("./state_file.ts");
  return readStateFile(path, system);
}
