/** Calls of a module's hooks in a thread. */
import type { HookName } from "../task/hooks.ts";
import type { AsyncVariable } from "../base/async_variable.ts";
import { rejectionsSeen } from "./event_loop.ts";
import { HookError } from "./hook_error.ts";
import { OutputOwner } from "./output/output_owner.ts";
import type { LineSink } from "./output/output_sink.ts";
import type { LaneSender } from "./lane_sender.ts";

/** Options of {@linkcode callHook}. */
export interface HookCallOptions {
  /** Sends the hook's output. */
  readonly sender: LaneSender;
  /** Carries the owner of output. */
  readonly owners: AsyncVariable<LineSink>;
  /** Emits output without a line break at its end. */
  readonly flush?: () => void;
  /** Lets the event loop turn once. */
  readonly turn: () => Promise<void>;
}

/**
 * Calls a hook. Its output and the errors it leaks are attributed to it.
 *
 * @throws {HookError} when the hook throws.
 */
export async function callHook(
  hook: HookName,
  call: () => unknown,
  { sender, owners, flush, turn }: HookCallOptions,
): Promise<void> {
  sender.hook = hook;
  sender.exitError = undefined;
  try {
    await owners.run(new OutputOwner(sender, null, hook), call);
  } catch (error) {
    throw new HookError(hook, error);
  } finally {
    await rejectionsSeen(turn);
    flush?.();
    sender.hook = undefined;
  }
  // The hook fails even if it caught the error.
  if (sender.exitError !== undefined) throw new HookError(hook, sender.exitError);
}
