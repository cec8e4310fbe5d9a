/**
 * The end of a thread: it says what it has left to say about the run, and its last act is the user's
 * `teardownWorker`. Neither is waited for without end; and what was not torn down is an error, however
 * well the tasks went.
 */
import type { ErrorRecord } from "../base/error_record.ts";
import type { LaneMessage } from "./lane_message.ts";

/** How long a thread has, in milliseconds. */
export interface ShutdownTimeouts {
  /** To answer, where it has nothing to tear down: a timer left behind may keep it busy. */
  readonly drainMs: number;
  /** To tear down. */
  readonly teardownMs: number;
}

/** See {@linkcode ShutdownTimeouts}; other than these in tests. */
export const SHUTDOWN_TIMEOUTS: ShutdownTimeouts = { drainMs: 2_000, teardownMs: 10_000 };

/** Why a thread is given up that does not answer between its tasks. */
export const WORKER_BUSY_ERROR: ErrorRecord = {
  type: "WorkerError",
  message: "the worker was still busy after its last task had ended",
};

/** Why a thread is given up that has not come to its end. */
export function shutdownTimeoutMessage(isReady: boolean, { teardownMs }: ShutdownTimeouts): string {
  const hook = isReady ? "teardownWorker" : "setupWorker";
  return `${hook} did not end within ${teardownMs / 1000} s of the end of the run`;
}

/** Tells that what a thread had set up was not torn down. */
export function teardownFailure(why: string): LaneMessage {
  return { type: "stray", suspects: [], error: { type: "TeardownError", message: why }, after: 0 };
}
