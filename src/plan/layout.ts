/**
 * The memory map of a plan: every offset has a name. All of it is one buffer of 32-bit words, shared
 * by every thread of a run, or private to one thread in tests.
 */
import { assert } from "../base/assert.ts";

/**
 * The words at the front. Those that threads hammer stand 16 words (64 bytes, a cache line) apart.
 *
 * | word | written by | read by |
 * | --- | --- | --- |
 * | LOCK | whoever makes a transition | the same |
 * | BELL | who made tasks ready, or ended the run | sleeping workers |
 * | SLEEPERS | a worker around its sleep | who made tasks ready |
 * | ENDED | under LOCK, once every task has its outcome | the main thread, when it paces itself |
 * | LISTENER | the main thread before it sleeps; who wakes it | who logged something |
 * | LOGGED | under LOCK, after the records before it | the main thread |
 * | READY, REMAINING, STOPPED | under LOCK | anybody, as a hint |
 */
export const Word = {
  LOCK: 0,
  BELL: 16,
  SLEEPERS: 32,
  LISTENER: 48,
  ENDED: 49,
  LOGGED: 64,
  READY: 80,
  REMAINING: 81,
  STOPPED: 82,
  SKIP_DEPENDENTS: 83,
} as const;

const HEADER_WORDS = 96;

/** Words of one lane: the owner id of the thread in it; its task + 1, or 0; how many it has taken. */
export const LANE_WORDS = 3;

/** Words of one log record; see log.ts. */
export const RECORD_WORDS = 6;

/** Queued, started, finished: a task logs at most these, and a run is cancelled at most once. */
const RECORDS_PER_TASK = 3;
const RECORDS_PER_RUN = 1;

/** How large a plan is. All offsets follow from it. */
export interface PlanShape {
  readonly tasks: number;
  readonly edges: number;
  /** How many threads may run tasks at once. */
  readonly lanes: number;
}

/** Where each part begins, in words. */
export interface PlanLayout {
  readonly state: number;
  readonly waiting: number;
  readonly rankOf: number;
  readonly taskAt: number;
  readonly dependentsStart: number;
  readonly dependents: number;
  readonly readySet: number;
  readonly lanes: number;
  readonly log: number;
  readonly words: number;
  readonly logCapacity: number;
}

/** The offsets of a plan of this shape. */
export function layoutOf(shape: PlanShape): PlanLayout {
  const { tasks, edges, lanes } = shape;
  let next = HEADER_WORDS;
  const place = (words: number): number => {
    const at = next;
    next += words + (words & 1); // even, so that the log's times are aligned to 8 bytes
    return at;
  };
  const logCapacity = tasks * RECORDS_PER_TASK + RECORDS_PER_RUN;
  const layout = {
    state: place(tasks),
    waiting: place(tasks),
    rankOf: place(tasks),
    taskAt: place(tasks),
    dependentsStart: place(tasks + 1),
    dependents: place(edges),
    readySet: place(readySetWords(tasks)),
    lanes: place(lanes * LANE_WORDS),
    log: place(logCapacity * RECORD_WORDS),
  };
  assert(layout.log % 2 === 0, "The log of a plan must be aligned to 8 bytes");
  return { ...layout, words: next, logCapacity };
}

/** The words of a bitmap over `size` ranks with its index levels; see ready_set.ts. */
export function readySetWords(size: number): number {
  let total = 0;
  let width = size;
  do {
    width = Math.ceil(width / 32) || 1;
    total += width;
  } while (width > 1);
  return total;
}
