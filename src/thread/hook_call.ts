/** Calls of a module's hooks in a thread. */
import type { HookName } from "../task/hooks.ts";
import type { AsyncVariable } from "../base/async_variable.ts";
import { rejectionsSeen } from "./event_loop.ts";
import { HookError } from "./hook_error.ts";
import { OutputOwner } from "./output/output_owner.ts";
import type { LineSink } from "./output/output_sink.ts";
import type { LaneSender } from "./lane_sender.ts";

/** What a hook is called with. */
export interface HookCallOptions {
  /** Tells what it prints. */
  readonly sender: LaneSender;
  /** Knows whose what is printed is. */
  readonly owners: AsyncVariable<LineSink>;
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
  if (sender.exitError !== undefined) throw new HookError(hook, sender.exitError); // though nothing has thrown it here
}
