/**
 * The shared memory of the bare loop. Words of `control` with several writers are on separate cache
 * lines.
 */

/** Indices in `control`. */
export const Word = {
  /** The next position of the queue to take from. */
  HEAD: 0,
  /** The next position of the queue to append to. */
  TAIL: 16,
  /** Number of unfinished tasks. */
  LEFT: 32,
  /** Number of threads that sleep at a position of the queue. */
  SLEEPERS: 48,
  /** Number of the run: threads sleep on it between runs. */
  RUN: 64,
  /** Number of threads that have finished the run. */
  PARKED: 80,
  /** 1 while the main thread sleeps and needs a wakeup. */
  MAIN_SLEEPS: 96,
  /** Number of records in the log. */
  LOGGED: 112,
} as const;

/** The queue entry for "no more tasks". */
export const END = 0x7fffffff;

/** The shared memory of the bare loop. */
export interface Board {
  readonly control: Int32Array;
  /** Number of unfinished dependencies of each task. */
  readonly waiting: Int32Array;
  /** The dependents of a task: `list[start[task] .. start[task + 1]]`. */
  readonly start: Int32Array;
  readonly list: Int32Array;
  /** Ready tasks, each plus one; 0 for empty positions. */
  readonly queue: Int32Array;
  /** A record for each start and each end of a task; empty without a log. */
  readonly log: Int32Array;
  /** The end time of each task; empty without a clock. */
  readonly endedMs: Float64Array;
  /** The counter of tasks that count under a lock. */
  readonly words: Int32Array;
  readonly kind: string;
  readonly workers: number;
}

/** Creates 32-bit integers in shared memory. */
export function shared(length: number): Int32Array {
  return new Int32Array(new SharedArrayBuffer(length * Int32Array.BYTES_PER_ELEMENT));
}
