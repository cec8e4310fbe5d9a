/** What the shared state is given, and what it tells about itself. */

import type { Replica } from "./replica/replica.ts";
import type { UserLock } from "./lock/flow_lock.ts";

/** What a thread needs to join a state. It can be posted to a Worker. */
export interface StateHandle {
  /** The shared memory. */
  readonly buffer: SharedArrayBuffer;
  /** The place reserved for the thread. */
  readonly slot: number;
  /** The thread's id, which no other thread has had or will have. */
  readonly owner: number;
  /** The thread's name in messages: `thread_0`. */
  readonly name: string;
}

/** How to create a state. */
export interface CreateOptions {
  /** Bytes to begin with (1 MiB). It grows as needed. */
  readonly initialBytes?: number;
  /** Bytes it may grow to (1 GiB); a write past them throws a {@linkcode StateFullError}. */
  readonly maxBytes?: number;
  /** How many threads may be part of it at once, the creator included (64). */
  readonly slots?: number;
  /** Whether `acquire()` may block the creator's thread (false: it is the main thread). */
  readonly mayBlock?: boolean;
}

/** How to join a state. */
export interface JoinOptions {
  /** Whether `acquire()` may block this thread (true). */
  readonly mayBlock?: boolean;
  /** What stands in for the shared memory, in a process that has none in common with the creator. */
  readonly remote?: { readonly replica: Replica; readonly lock: UserLock };
}

/** Sizes, for tests and for who wonders. */
export interface StateBytes {
  /** Bytes of the region in use now. */
  readonly used: number;
  /** Bytes of shared memory. */
  readonly capacity: number;
  /** Bytes it may grow to. */
  readonly max: number;
  /** How many snapshots were written. */
  readonly snapshots: number;
  /** How often the log began anew without one. */
  readonly restarts: number;
}
