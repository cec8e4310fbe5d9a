/**
 * Waits for user code that has to end before the run: the module's top level and
 * `addLoggingHighlights`. If it takes long, a note names it; the deadline ends the wait. The timers
 * do not keep the process alive, so that Deno still reports a promise that never settles.
 */
import { nowMs } from "../../runtime/clock.ts";
import { DeadlineError } from "../../base/errors.ts";
import { waitAsyncWhile, wake } from "../../sync/wait.ts";
import { type MessageSystem, printNote } from "./print_message.ts";

/** Delay before the note, in milliseconds: that of the note about threads that are not ready. */
const NOTICE_MS = 10_000;

/** The wait for such code. */
export interface UserCodeWait {
  readonly system: MessageSystem;
  /** The note, with how long the wait has taken. */
  readonly note: (time: string) => string;
  /** The message of the error at the deadline. */
  readonly deadlineMessage: string;
  /** Start of the run, on the monotonic clock, in milliseconds. */
  readonly startMs: number;
  /** Time limit of the run, in milliseconds. */
  readonly deadlineMs: number | undefined;
  /** Delay before the note, in milliseconds; tests set a shorter one. */
  readonly noticeMs?: number;
}

/**
 * Waits for the user's code.
 *
 * @throws {DeadlineError} when the code has not ended at the deadline.
 */
export async function awaitUserCode<T>(code: Promise<T>, wait: UserCodeWait): Promise<T> {
  const { system, note, deadlineMessage, startMs, deadlineMs, noticeMs = NOTICE_MS } = wait;
  const words = new Int32Array(new SharedArrayBuffer(4));
  let isPending = true;
  waitAsyncWhile(words, 0, 0, noticeMs).then(() => {
    if (isPending) printNote(system, note(`${noticeMs / 1000} s`));
  });
  const deadline = Promise.withResolvers<never>();
  if (deadlineMs !== undefined) {
    waitAsyncWhile(words, 0, 0, Math.max(0, deadlineMs - (nowMs() - startMs))).then(() => {
      if (isPending) deadline.reject(new DeadlineError(deadlineMessage));
    });
  }
  try {
    return await Promise.race([code, deadline.promise]);
  } finally {
    isPending = false;
    wake(words, 0);
  }
}
