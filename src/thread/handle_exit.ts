/** The decision about a call of an exit function in a thread that runs tasks. */
import { isInstance } from "../base/is_instance.ts";
import type { Attempt } from "./attempt.ts";
import type { ExitError } from "./exit_guard.ts";
import type { LaneSender } from "./lane_sender.ts";
import { OutputOwner } from "./output/output_owner.ts";
import type { Suspects } from "./suspects.ts";

/** The thread that an exit function was called in. */
export interface ExitCaller {
  /** The owner of the output of the code that called it, if that is known. */
  readonly owner: unknown;
  /** The current attempt of the thread. */
  readonly attempt: Attempt;
  readonly sender: LaneSender;
  readonly suspects: Suspects;
  /** Whether this library has created the thread. */
  readonly isOwnThread: boolean;
}

/**
 * Handles a call of an exit function; returns whether to forbid it. A call by the current task is
 * forbidden, and fails the task, which may wait for code after that call. In a callback of
 * another task it is a stray error. A thread of this library is never ended by a callback between
 * two tasks, since its loss could not be attributed. Hooks may not end any thread.
 */
export function handleExit(
  error: ExitError,
  { owner, attempt, sender, suspects, isOwnThread }: ExitCaller,
): boolean {
  const isOfTask = isInstance(owner, OutputOwner) && owner.task !== null;
  const isCalling = attempt.task !== null;
  if (isCalling && (!isOfTask || owner === attempt.owner)) {
    attempt.failWith(error);
    // The code after the exit call will not run: a promise that it should settle may never settle.
    attempt.abandon?.(error);
    return true;
  }
  const { hook } = sender;
  if (hook !== undefined && hook !== "teardownWorker") {
    return sender.exitError = error, true;
  }
  const isForbidden = isOwnThread || hook !== undefined || isCalling;
  if (!isForbidden) return false;
  if (isInstance(owner, OutputOwner)) owner.stray(error);
  else sender.stray(suspects.list(), error, hook);
  return true;
}
