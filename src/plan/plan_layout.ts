/**
 * The memory map of a plan: every offset has a name. A plan is one buffer of 32-bit words, shared
 * by all threads of a run.
 */
import { assert } from "../base/assert.ts";
import { readySetWords } from "./ready_set.ts";

/**
 * The words at the front. Contended words stand 16 words (64 bytes, a cache line) apart.
 *
 * | word | written by | read by |
 * | --- | --- | --- |
 * | LOCK | a thread that makes a transition | the same |
 * | WAKE_SEQ | a thread that made tasks ready, or ended the run | waiting workers |
 * | WAITERS | a worker around its wait | a thread that made tasks ready |
 * | RUN_ENDED | the thread that settled the last task | the main thread, in a pause |
 * | MAIN_WAITING | the main thread before it waits; its waker | a thread that logged a record |
 * | LOGGED | under LOCK, after all else that a section writes | the main thread; readers of hints |
 * | READY, REMAINING, STOPPED, ABORTED | under LOCK | any thread, as a hint, after LOGGED |
 * | HELD, FAILURES, FREE, READY_COUNT | under LOCK | the same |
 * | SKIP_DEPENDENTS, FAIL_LIMIT | the plan's creator, before it shares the plan | under LOCK |
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
  /** Whether running tasks were asked to end. */
  ABORTED: 84,
  /** Whether the ready task of the lowest rank waits for enough free threads. */
  HELD: 85,
  /** Number of failed tasks, and the number of failures that cancels the run; 0 is no limit. */
  FAILURES: 86,
  FAIL_LIMIT: 87,
  /** Weight that is free: the lanes, less the weight of the running tasks. */
  FREE: 88,
  /** Number of ready tasks. READY is the number that could be taken. */
  READY_COUNT: 89,
} as const;

const HEADER_WORDS = 96;

/**
 * Words of one lane: the owner id of its thread; its task + 1, or 0; the number of tasks it has
 * taken.
 */
export const LANE_WORDS = 3;

/** Words of one log record; see transition_log.ts. */
export const RECORD_WORDS = 6;

/**
 * Maximum number of records of an attempt (queued, started, ended) and of a run (cancelled once).
 */
const RECORDS_PER_ATTEMPT = 3;
const RECORDS_PER_RUN = 1;

/** Words of one semaphore: its free tokens; the first and the last task that wait for it, + 1. */
export const SEMAPHORE_WORDS = 3;

/** The size of a plan, from which all offsets follow. */
export interface PlanShape {
  readonly tasks: number;
  readonly edges: number;
  /** Maximum number of tasks that run at once. */
  readonly lanes: number;
  /** Whether any task has a policy of its own. */
  readonly hasPolicies: boolean;
  /** Maximum number of retries, summed over all tasks. */
  readonly retries: number;
  /** Number of semaphores: one for each mutex, and one for each name of tokens. */
  readonly semaphores: number;
  /** Number of uses of semaphores, summed over all tasks. */
  readonly semaphoreUses: number;
  /** Number of resources. */
  readonly resources: number;
  /** Number of resources that tasks use, summed over all tasks. */
  readonly resourceUses: number;
  /** Maximum number of restarts of resources, summed over all. */
  readonly restarts: number;
  /** Number of lanes that run tasks; each later lane runs the nodes of one resource. */
  readonly workerLanes: number;
}

/** The offset of each part, in words. */
export interface PlanLayout {
  readonly state: number;
  readonly waiting: number;
  /**
   * Of a waiting task: a dependency + 1 that did not pass, or, if the task runs after a failure,
   * one that failed. Of a skipped task: the cause + 1. 0 for none.
   */
  readonly blocker: number;
  readonly rankOf: number;
  readonly taskAt: number;
  readonly dependentsStart: number;
  readonly dependents: number;
  readonly readySet: number;
  readonly lanes: number;
  readonly policies: PolicyLayout;
  readonly resources: ResourceLayout;
  readonly log: number;
  readonly words: number;
  readonly logCapacity: number;
}

/** The offsets of policy words, indexed by task unless stated otherwise; empty without policies. */
export interface PolicyLayout {
  /** Number of attempts started. */
  readonly attempts: number;
  /** Number of retries left. */
  readonly retriesLeft: number;
  /** The condition to run, a {@linkcode WhenWord}. */
  readonly when: number;
  readonly weight: number;
  /** The semaphores of each task, in CSR form: row starts, the list, and the tokens of each use. */
  readonly useStart: number;
  readonly useList: number;
  readonly useTokens: number;
  /** The semaphores themselves. */
  readonly semaphores: number;
  /** The next task in the same semaphore's queue, + 1. */
  readonly nextParked: number;
}

/** The offsets of the words of resources, indexed by node unless stated otherwise. */
export interface ResourceLayout {
  /** Of a set-up: itself + 1. Of a tear-down: its set-up + 1. 0 for a task. */
  readonly setUpOf: number;
  /** The lane + 1 that alone can take the node; 0 if any can. */
  readonly laneOf: number;
  /** Number of dependencies that have not ended, without used set-ups. */
  readonly othersLeft: number;
  /** Of a set-up: number of users that have not ended. */
  readonly usersLeft: number;
  /** Of a set-up: whether it is demanded, whether it is lost, whether it has passed before. */
  readonly flags: number;
  /** Of a set-up: number of restarts left. */
  readonly restartsLeft: number;
  /** Of a set-up: number of running users. */
  readonly usersRunning: number;
  /** The set-ups that a node uses, in CSR form: row starts, then the list. */
  readonly usesStart: number;
  readonly uses: number;
  /** By lane: its set-up + 1 and its tear-down + 1. */
  readonly nodes: number;
}

/** Computes the offsets of a plan of this shape. */
export function layoutOf(shape: PlanShape): PlanLayout {
  const { tasks, edges, lanes, retries, restarts } = shape;
  let next = HEADER_WORDS;
  const place = (words: number): number => {
    const at = next;
    next += words + (words & 1); // even, so that the log's times are aligned to 8 bytes
    return at;
  };
  const logCapacity = (tasks + retries + restarts) * RECORDS_PER_ATTEMPT + RECORDS_PER_RUN;
  const layout = {
    state: place(tasks),
    waiting: place(tasks),
    blocker: place(tasks),
    rankOf: place(tasks),
    taskAt: place(tasks),
    dependentsStart: place(tasks + 1),
    dependents: place(edges),
    readySet: place(readySetWords(tasks)),
    lanes: place(lanes * LANE_WORDS),
    policies: policyLayout(shape, place),
    resources: resourceLayout(shape, place),
    log: place(logCapacity * RECORD_WORDS),
  };
  assert(layout.log % 2 === 0, "The log of a plan must be aligned to 8 bytes");
  return { ...layout, words: next, logCapacity };
}

function policyLayout(shape: PlanShape, place: (words: number) => number): PolicyLayout {
  const { hasPolicies, semaphores, semaphoreUses } = shape;
  const tasks = hasPolicies ? shape.tasks : 0;
  const parked = semaphoreUses > 0 ? shape.tasks : 0;
  return {
    attempts: place(tasks),
    retriesLeft: place(tasks),
    when: place(tasks),
    weight: place(tasks),
    useStart: place(parked + 1),
    useList: place(semaphoreUses),
    useTokens: place(semaphoreUses),
    semaphores: place(semaphores * SEMAPHORE_WORDS),
    nextParked: place(parked),
  };
}

function resourceLayout(shape: PlanShape, place: (words: number) => number): ResourceLayout {
  const { resources, resourceUses, lanes } = shape;
  const tasks = resources > 0 ? shape.tasks : 0;
  return {
    setUpOf: place(tasks),
    laneOf: place(tasks),
    othersLeft: place(tasks),
    usersLeft: place(tasks),
    flags: place(tasks),
    restartsLeft: place(tasks),
    usersRunning: place(tasks),
    usesStart: place(tasks + 1),
    uses: place(resourceUses),
    nodes: place(resources > 0 ? lanes * 2 : 0),
  };
}
