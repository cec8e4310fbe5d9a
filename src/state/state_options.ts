/** Options and sizes of the shared state. */

import type { Replica } from "./replica/replica.ts";
import type { UserLock } from "./lock/flow_lock.ts";

/** The data with which a thread joins a state. It can be posted to a Worker. */
export interface StateHandle {
  /** The shared memory. */
  readonly buffer: SharedArrayBuffer;
  /** The slot reserved for the thread. */
  readonly slot: number;
  /** The thread's id, which is never reused. */
  readonly owner: number;
  /** The thread's name in messages: `thread_0`. */
  readonly name: string;
}

/** Options of {@linkcode SharedState.create}. */
export interface CreateOptions {
  /** Initial size in bytes (1 MiB). The memory grows as needed. */
  readonly initialBytes?: number;
  /** Maximum size in bytes (1 GiB); a write past it throws a {@linkcode StateFullError}. */
  readonly maxBytes?: number;
  /** Maximum number of threads at once, including the creator (64). */
  readonly slots?: number;
  /** Whether `acquire()` may block the creator's thread (false: it is the main thread). */
  readonly mayBlock?: boolean;
  /** Number of items from which a value of the root is packed (10,000). */
  readonly largeItems?: number | undefined;
}

/** Options of {@linkcode SharedState.join}. */
export interface JoinOptions {
  /** Whether `acquire()` may block this thread (true). */
  readonly mayBlock?: boolean;
  /** Number of items from which a value of the root is packed (10,000). */
  readonly largeItems?: number | undefined;
  /** The replica and the lock of a process that does not share memory with the creator. */
  readonly remote?: { readonly replica: Replica; readonly lock: UserLock };
}

/** Sizes of a state, for tests and diagnostics. */
export interface StateBytes {
  /** Number of bytes of the region in use. */
  readonly used: number;
  /** Size of the shared memory in bytes. */
  readonly capacity: number;
  /** Maximum size of the shared memory in bytes. */
  readonly max: number;
  /** Number of restarts of the log with a snapshot. */
  readonly snapshots: number;
  /** Number of restarts of the log without a snapshot. */
  readonly restarts: number;
}
