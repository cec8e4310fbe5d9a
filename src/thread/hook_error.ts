/** Errors of a thread as records: thrown by a task, by a hook, or by this library. */
import { explainPatchedBuiltIns } from "../runtime/explain_patched_built_ins.ts";
import { type ErrorRecord, recordError } from "../base/error_record.ts";
import { isInstance } from "../base/is_instance.ts";
import type { HookName } from "../task/hooks.ts";

/** A hook has thrown. */
export class HookError extends Error {
  override name = "HookError";
  /** The hook's name. */
  readonly hook: HookName;

  /** @param thrown The thrown value. */
  constructor(hook: HookName, thrown: unknown) {
    super(`${hook} failed`, { cause: thrown });
    this.hook = hook;
  }
}

/** Converts a thrown value to a record. The message of a hook's error names the hook. */
export function recordThrown(thrown: unknown): ErrorRecord {
  if (!isInstance(thrown, HookError)) return recordError(thrown);
  const record = recordError(thrown.cause);
  const message = `${thrown.hook} failed: ${record.message}`;
  const stack = record.stack?.replace(record.message, () => message);
  return { ...record, message, ...(stack !== undefined && { stack }) };
}

/**
 * Converts an error of the thread's own loop to a record: a bug of this library, unless a task has
 * patched a built-in function.
 */
export function recordBroken(thrown: unknown): ErrorRecord {
  const record = recordThrown(thrown);
  return { ...record, message: explainPatchedBuiltIns(record.message) };
}
