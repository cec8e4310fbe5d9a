/** What went wrong in a thread, as a record: what a task has thrown, or a hook, or our own code there. */
import { explainPatchedBuiltIns } from "../runtime/patched_built_ins.ts";
import { type ErrorRecord, recordError } from "../base/error_record.ts";
import { isInstance } from "../base/is_instance.ts";
import type { HookName } from "../task/hooks.ts";

/** A hook has thrown. */
export class HookError extends Error {
  override name = "HookError";
  /** Which one. */
  readonly hook: HookName;

  /** @param thrown What it threw. */
  constructor(hook: HookName, thrown: unknown) {
    super(`${hook} failed`, { cause: thrown });
    this.hook = hook;
  }
}

/** Describes a thrown value: what a hook threw as it is, but for its message, which names the hook. */
export function recordThrown(thrown: unknown): ErrorRecord {
  if (!isInstance(thrown, HookError)) return recordError(thrown);
  const record = recordError(thrown.cause);
  const message = `${thrown.hook} failed: ${record.message}`;
  const stack = record.stack?.replace(record.message, () => message);
  return { ...record, message, ...(stack !== undefined && { stack }) };
}

/** Describes what broke where a thread takes, calls and settles tasks: a bug of ours, unless a task is to blame. */
export function recordBroken(thrown: unknown): ErrorRecord {
  const record = recordThrown(thrown);
  return { ...record, message: explainPatchedBuiltIns(record.message) };
}
