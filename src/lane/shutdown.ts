/**
 * The shutdown of a thread: it sends its remaining messages about the run, then calls the user's
 * `teardownWorker`. Both have a time limit; a teardown that did not end is an error, however well
 * the tasks went.
 */
import type { ErrorRecord } from "../base/error_record.ts";
import type { LaneMessage } from "./lane_message.ts";

/** Time limits of a thread's shutdown, in milliseconds. */
export interface ShutdownTimeouts {
  /** To drain, where there is no teardown: a leaked timer may keep the thread busy. */
  readonly drainMs: number;
  /** To tear down. */
  readonly teardownMs: number;
}

/** The default limits; tests use shorter ones. */
export const SHUTDOWN_TIMEOUTS: ShutdownTimeouts = { drainMs: 2_000, teardownMs: 10_000 };

/** The error of a thread that does not answer between its tasks. */
export const WORKER_BUSY_ERROR: ErrorRecord = {
  type: "WorkerError",
  message: "the worker was still busy after its last task had ended",
};

/** Returns the message of a thread that was terminated because its shutdown took too long. */
export function shutdownTimeoutMessage(isReady: boolean, { teardownMs }: ShutdownTimeouts): string {
  const hook = isReady ? "teardownWorker" : "setupWorker";
  return `${hook} did not end within ${teardownMs / 1000} s of the end of the run`;
}

/** Creates the message that the teardown of a thread did not end. */
export function teardownFailure(why: string): LaneMessage {
  return { type: "stray", suspects: [], error: { type: "TeardownError", message: why }, after: 0 };
}
