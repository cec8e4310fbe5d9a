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
  readonly voice: LaneSender;
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
  { voice, owners, flush, turn }: HookCallOptions,
): Promise<void> {
  voice.hook = hook;
  voice.exit = undefined;
  try {
    await owners.run(new OutputOwner(voice, null, hook), call);
  } catch (error) {
    throw new HookError(hook, error);
  } finally {
    await rejectionsSeen(turn);
    flush?.();
    voice.hook = undefined;
  }
  if (voice.exit !== undefined) throw new HookError(hook, voice.exit); // though nothing has thrown it here
}
