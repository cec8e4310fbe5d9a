/** Hooks: functions that a module may export for the library to call. */
import { UsageError } from "../base/errors.ts";
import { isTypo } from "../base/suggest.ts";
import { type Export, isClass, type Namespace } from "./exported_tasks.ts";
import { markOf } from "./mark.ts";
import type { State } from "./context.ts";

/**
 * The hooks of a module: functions that the module exports under these names. All may be async.
 *
 * ```ts
 * import { mark, type State } from "@thread-order/cli";
 *
 * export function setupState(state: State) {
 *   state.visited = [];
 * }
 *
 * export const visit = mark((state) => state.visited.push("home"));
 * ```
 */
export interface ModuleHooks {
  /**
   * Fills the state once, on the main thread, before the run. A thread that reads a value which
   * cannot be shared runs it again, for that value.
   */
  readonly setupState?: (state: State) => unknown;
  /** Prepares a worker: called once in each, before its first task. */
  readonly setupWorker?: (state: State) => unknown;
  /** Cleans up a worker: called once in each that was prepared, after its last task. */
  readonly teardownWorker?: (state: State) => unknown;
  /** Called once on the main thread after the run, whatever its outcome. */
  readonly teardownState?: (state: State) => unknown;
  /** Returns `[RegExp, color]` pairs, which highlight matching text of the log. */
  readonly addLoggingHighlights?: () => unknown;
}

/** The name of a hook: a key of {@linkcode ModuleHooks}. */
export type HookName = keyof ModuleHooks;

const NAMES: Readonly<Record<HookName, readonly string[]>> = {
  setupState: ["setupState", "setup_state"],
  setupWorker: ["setupWorker"],
  teardownWorker: ["teardownWorker"],
  teardownState: ["teardownState"],
  addLoggingHighlights: ["addLoggingHighlights", "add_logging_highlights"],
};

const ALL_NAMES: ReadonlySet<string> = new Set(Object.values(NAMES).flat());

/** Whether a name is that of a hook. */
export function isHookName(name: string): boolean {
  return ALL_NAMES.has(name);
}

/** Returns the names of the hooks that a module does not have. */
export function hookNames(hooks: ModuleHooks): string[] {
  return Object.entries(NAMES).flatMap(([hook, names]) => hook in hooks ? [] : names);
}

/**
 * Finds a module's hooks.
 *
 * @throws {UsageError} when an export with a hook's name is not a function.
 */
export function findHooks(namespace: Namespace): ModuleHooks {
  const hooks: Record<string, unknown> = {};
  for (const [hook, names] of Object.entries(NAMES)) {
    const name = names.find((candidate) => namespace[candidate] !== undefined);
    if (name === undefined) continue;
    if (typeof namespace[name] !== "function") {
      throw new UsageError(`Cannot use the export "${name}": a hook must be a function`);
    }
    if (markOf(namespace[name]) !== undefined) {
      throw new UsageError(
        `Cannot use the export "${name}": a hook cannot be a task; remove the mark`,
      );
    }
    hooks[hook] = namespace[name];
  }
  return hooks;
}

/**
 * Rejects functions with nearly the name of a hook: they would never be called.
 *
 * @param functions The functions that a module exports, without its tasks.
 * @throws {UsageError} naming the function and the hook.
 */
export function rejectMisspeltHooks(functions: readonly Pick<Export, "name" | "value">[]): void {
  for (const { name, value } of functions) {
    if (isHookName(name) || isClass(value)) continue;
    const names = [...ALL_NAMES];
    const meant = names.find((it) => letters(it) === letters(name)) ??
      names.find((it) => isTypo(it, name, 1));
    if (meant === undefined) continue;
    throw new UsageError(
      `Cannot use the export "${name}": no hook has this name; did you mean "${meant}"?`,
    );
  }
}

/** Normalizes a name for comparison: `setUp_State` to `setupstate`. */
function letters(name: string): string {
  return name.toLowerCase().replaceAll("_", "");
}
