/**
 * What the threads of the bare loop share. Words of `control` that several threads write stand on cache
 * lines of their own.
 */

/** Places in `control`. */
export const Word = {
  /** The next place of the queue to take from. */
  HEAD: 0,
  /** The next place of the queue to put to. */
  TAIL: 16,
  /** Tasks that are not finished. */
  LEFT: 32,
  /** Threads that sleep at a place of the queue. */
  SLEEPERS: 48,
  /** Counts runs: threads between two of them sleep on it. */
  RUN: 64,
  /** Threads that are done with the run. */
  PARKED: 80,
  /** 1 while the main thread sleeps, and is to be woken by what it waits for. */
  MAIN_SLEEPS: 96,
  /** Records in the log. */
  LOGGED: 112,
} as const;

/** What stands in the queue for "no more tasks". */
export const END = 0x7fffffff;

/** See the head of this file. */
export interface Board {
  readonly control: Int32Array;
  /** For each task, how many of its dependencies are not finished. */
  readonly waiting: Int32Array;
  /** The dependents of a task: `list[start[task] .. start[task + 1]]`. */
  readonly start: Int32Array;
  readonly list: Int32Array;
  /** Tasks that are ready, each plus one; 0 where none has been put yet. */
  readonly queue: Int32Array;
  /** A record for each start and each end of a task; empty where there is no log. */
  readonly log: Int32Array;
  /** When each task has ended; empty where nobody looks at a clock. */
  readonly endedMs: Float64Array;
  /** For tasks that count under a lock. */
  readonly words: Int32Array;
  readonly kind: string;
  readonly workers: number;
}

/** Whole numbers in shared memory. */
export function shared(length: number): Int32Array {
  return new Int32Array(new SharedArrayBuffer(length * Int32Array.BYTES_PER_ELEMENT));
}
