/**
 * The memory map of a plan: every offset has a name. All of it is one buffer of 32-bit words, shared
 * by every thread of a run.
 */
import { assert } from "../base/assert.ts";
import { readySetWords } from "./ready_set.ts";

/**
 * The words at the front. Those that threads hammer stand 16 words (64 bytes, a cache line) apart.
 *
 * | word | written by | read by |
 * | --- | --- | --- |
 * | LOCK | whoever makes a transition | the same |
 * | WAKE_SEQ | who made tasks ready, or ended the run | sleeping workers |
 * | WAITERS | a worker around its sleep | who made tasks ready |
 * | RUN_ENDED | who settled the last task, after its section | the main thread, when it paces itself |
 * | MAIN_WAITING | the main thread before it sleeps; who wakes it | who logged something |
 * | LOGGED | under LOCK, after all else that a section writes | the main thread; who reads a hint |
 * | READY, REMAINING, STOPPED, ABORTED | under LOCK | anybody, as a hint, after LOGGED |
 * | HELD, FAILURES, FREE, READY_COUNT | under LOCK | the same |
 * | SKIP_DEPENDENTS, FAIL_LIMIT | who makes the plan, before anybody else has it | under LOCK |
 */
export const Word = {
  LOCK: 0,
  WAKE_SEQ: 16,
  WAITERS: 32,
  MAIN_WAITING: 48,
  RUN_ENDED: 49,
  LOGGED: 64,
  READY: 80,
  REMAINING: 81,
  STOPPED: 82,
  SKIP_DEPENDENTS: 83,
  /** Whether running tasks were told to end. */
  ABORTED: 84,
  /** Whether the ready task of the lowest rank waits for enough free threads. */
  HELD: 85,
  /** How many tasks have failed, and how many may until the run is cancelled; 0 is any number. */
  FAILURES: 86,
  FAIL_LIMIT: 87,
  /** How much weight may be taken on. */
  FREE: 88,
  /** How many tasks are ready. READY says how many of them could be taken. */
  READY_COUNT: 89,
} as const;

const HEADER_WORDS = 96;

/** Words of one lane: the owner id of the thread in it; its task + 1, or 0; how many it has taken. */
export const LANE_WORDS = 3;

/** Words of one log record; see transition_log.ts. */
export const RECORD_WORDS = 6;

/** Queued, started, ended: an attempt logs at most these, and a run is cancelled at most once. */
const RECORDS_PER_ATTEMPT = 3;
const RECORDS_PER_RUN = 1;

/** Words of one named mutex: whether it is taken; the first and the last task that wait for it, + 1. */
export const MUTEX_WORDS = 3;

/** How large a plan is. All offsets follow from it. */
export interface PlanShape {
  readonly tasks: number;
  readonly edges: number;
  /** How many threads may run tasks at once. */
  readonly lanes: number;
  /** Whether any task has a policy of its own. */
  readonly hasPolicies: boolean;
  /** How many attempts there may be beyond the first, of all tasks together. */
  readonly retries: number;
  readonly mutexes: number;
  /** How many names of mutexes the tasks have, all together. */
  readonly mutexUses: number;
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
  readonly policies: PolicyLayout;
  readonly log: number;
  readonly words: number;
  readonly logCapacity: number;
}

/** Where the words of policies begin, by task unless said otherwise; empty where there are none. */
export interface PolicyLayout {
  /** How often it was started. */
  readonly attempts: number;
  /** How many attempts are left when one has failed. */
  readonly retriesLeft: number;
  /** When it runs. */
  readonly when: number;
  readonly weight: number;
  /** A dependency + 1 that did not pass; for a task that runs after a failure, one that failed. */
  readonly unmet: number;
  /** The rows of the mutexes each task needs. */
  readonly mutexStart: number;
  readonly mutexList: number;
  /** The mutexes themselves. */
  readonly mutexes: number;
  /** Which task waits for the same mutex after this one, + 1. */
  readonly nextParked: number;
}

/** The offsets of a plan of this shape. */
export function layoutOf(shape: PlanShape): PlanLayout {
  const { tasks, edges, lanes, retries } = shape;
  let next = HEADER_WORDS;
  const place = (words: number): number => {
    const at = next;
    next += words + (words & 1); // even, so that the log's times are aligned to 8 bytes
    return at;
  };
  const logCapacity = (tasks + retries) * RECORDS_PER_ATTEMPT + RECORDS_PER_RUN;
  const layout = {
    state: place(tasks),
    waiting: place(tasks),
    rankOf: place(tasks),
    taskAt: place(tasks),
    dependentsStart: place(tasks + 1),
    dependents: place(edges),
    readySet: place(readySetWords(tasks)),
    lanes: place(lanes * LANE_WORDS),
    policies: policyLayout(shape, place),
    log: place(logCapacity * RECORD_WORDS),
  };
  assert(layout.log % 2 === 0, "The log of a plan must be aligned to 8 bytes");
  return { ...layout, words: next, logCapacity };
}

function policyLayout(shape: PlanShape, place: (words: number) => number): PolicyLayout {
  const { hasPolicies, mutexes, mutexUses } = shape;
  const tasks = hasPolicies ? shape.tasks : 0;
  const parked = mutexUses > 0 ? shape.tasks : 0;
  return {
    attempts: place(tasks),
    retriesLeft: place(tasks),
    when: place(tasks),
    weight: place(tasks),
    unmet: place(tasks),
    mutexStart: place(parked + 1),
    mutexList: place(mutexUses),
    mutexes: place(mutexes * MUTEX_WORDS),
    nextParked: place(parked),
  };
}
