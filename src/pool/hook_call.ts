/** Calls of a module's hooks in a thread. */
import { blameReplaced } from "../base/built_ins.ts";
import { type ErrorRecord, recordError } from "../base/error_record.ts";
import { isInstance } from "../base/is_instance.ts";
import type { HookName } from "../task/hooks.ts";
import { rejectionsSeen } from "./event_loop.ts";
import type { Voice } from "./voice.ts";

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
  return { ...record, message: blameReplaced(record.message) };
}

/** What a hook is called with. */
export interface HookCallParts {
  /** Tells what it prints. */
  readonly voice: Voice;
  /** Passes on what was printed without a line break. */
  readonly flush?: () => void;
  /** Lets the event loop turn once. */
  readonly turn: () => Promise<void>;
}

/**
 * Calls a hook: what it prints and leaves behind is told to be its own.
 *
 * @throws {HookError} when it throws.
 */
export async function callHook(
  hook: HookName,
  call: () => unknown,
  { voice, flush, turn }: HookCallParts,
): Promise<void> {
  voice.hook = hook;
  voice.exit = undefined;
  try {
    await call();
  } catch (error) {
    throw new HookError(hook, error);
  } finally {
    await rejectionsSeen(turn);
    flush?.();
    voice.hook = undefined;
  }
  if (voice.exit !== undefined) throw new HookError(hook, voice.exit); // though nothing has thrown it here
}
