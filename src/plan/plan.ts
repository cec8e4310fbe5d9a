/**
 * Where each task of a graph stands in one run. The plan lives in memory that all threads of the run
 * share, and its transitions are made by whichever thread is free, under the plan's lock: a worker
 * settles its task and takes the next without asking anyone.
 *
 *     waiting --(last dependency settled)--> ready --(take)--> running --(settle)--> passed
 *        |                                     |  ^               |----------------> failed
 *        |--(a dependency did not pass)--> skipped |              |----------------> cancelled
 *        '--(cancel)--> cancelled <--(cancel)--'  '--(requeue)-- retrying <--(failed)-'
 *
 * With dependents not skipped, a failed dependency counts as settled like any other. A ready task whose
 * mutex is taken is parked until it is free (admission.ts). A task that runs "always" or after a failure
 * waits until all its dependencies have ended, and outlives a cancel.
 *
 * Guarantees: every task reaches exactly one outcome; a task is taken once, by one lane; a task is
 * ready only when all its dependencies are settled. A lane belongs to one thread incarnation: after
 * `fence` the thread that had it can change nothing here any more.
 */
import type { TaskId } from "../task/task.ts";
import { load, store } from "../sync/atomics.ts";
import { Mutex } from "../sync/mutex.ts";
import { Wakeups } from "./wakeups.ts";
import { Lanes } from "./lanes.ts";
import { layoutOf, type PlanLayout, Word } from "./plan_layout.ts";
import { CancelCause, TransitionLog } from "./transition_log.ts";
import { PlanBufferPool } from "./plan_buffers.ts";
import { policyShape, writePolicies } from "./policy_words.ts";
import { Transitions } from "./transitions.ts";
import type { PlanGraph, PlanHandle, PlanOptions, RanOutcome } from "./task_status.ts";
import { LaneFencedError } from "./task_status.ts";

export * from "./task_status.ts";

/** See the head of this file. */
export class Plan {
  readonly handle: PlanHandle;
  readonly log: TransitionLog;
  /** Sleeping and waking, for the threads of this plan. */
  readonly wakeups: Wakeups;
  /** Who runs what. */
  readonly lanes: Lanes;
  readonly #words: Int32Array;
  readonly #at: PlanLayout;
  readonly #lock: Mutex;
  readonly #owner: number;
  readonly #transitions: Transitions;

  private constructor(handle: PlanHandle, owner: number) {
    this.handle = handle;
    this.#owner = owner;
    this.#words = new Int32Array(handle.buffer);
    this.#at = layoutOf(handle);
    this.#lock = new Mutex(this.#words, Word.LOCK, owner);
    this.log = new TransitionLog(this.#words, this.#at.log);
    this.wakeups = new Wakeups(this.#words);
    this.lanes = new Lanes(this.#words, this.#at.lanes);
    this.#transitions = new Transitions(this.#words, this.#at, this.lanes, this.log, handle);
  }

  /**
   * Makes the plan of a run; tasks without dependencies are ready.
   *
   * @param owner The id of the thread that calls, unique among those of the run, from 1.
   * @param nowMs The time on the run's clock.
   */
  static create(graph: PlanGraph, options: PlanOptions, owner: number, nowMs = 0): Plan {
    const { policies = [] } = options;
    const shape = {
      tasks: graph.size,
      edges: graph.dependents.list.length,
      lanes: options.lanes,
      ...policyShape(policies),
    };
    const { memory = new PlanBufferPool() } = options;
    const plan = new Plan({ ...shape, buffer: memory.take(layoutOf(shape)) }, owner);
    const roots = initPlan(plan.#words, plan.#at, graph, options);
    writePolicies(plan.#words, plan.#at, shape, policies);
    plan.#begin();
    for (const task of roots) plan.#transitions.makeReady(task, nowMs);
    plan.#leave();
    return plan;
  }

  /** Takes part in a plan that another thread made. */
  static attach(handle: PlanHandle, owner: number): Plan {
    return new Plan(handle, owner);
  }

  /** How many tasks have no outcome yet. A hint unless it is 0, which it stays. */
  get remaining(): number {
    load(this.#words, Word.LOGGED); // what is over was published with it
    return load(this.#words, Word.REMAINING);
  }

  /** How many ready tasks could be taken: a hint. */
  get readyCount(): number {
    load(this.#words, Word.LOGGED);
    return load(this.#words, Word.READY);
  }

  /** Whether running tasks are told to end. */
  get aborted(): boolean {
    return load(this.#words, Word.ABORTED) !== 0;
  }

  /** Which attempt of a running task is under way, from 1. */
  attemptOf(task: number): number {
    return this.handle.hasPolicies ? load(this.#words, this.#at.policies.attempts + task) : 1;
  }

  /** The state word of a task: a hint while the run goes on. */
  stateOf(task: number): number {
    return load(this.#words, this.#at.state + task);
  }

  /** Gives a lane to the calling thread, or to the one whose owner id is given. */
  open(lane: number, owner: number = this.#owner): void {
    this.lanes.assign(lane, owner);
  }

  /**
   * Takes the ready task of the lowest rank.
   *
   * @returns The task, or -1 when none is ready.
   * @throws {LaneFencedError} when the lane was taken from this thread.
   */
  take(lane: number, nowMs: number): TaskId | -1 {
    this.#enter(lane);
    try {
      return this.#transitions.take(lane, nowMs);
    } finally {
      this.#leave();
    }
  }

  /**
   * Gives the running task of this lane its outcome.
   *
   * @param sentCount How many messages this thread has sentCount to the main thread so far.
   * @throws {LaneFencedError} when the lane was taken from this thread.
   */
  settle(lane: number, task: TaskId, outcome: RanOutcome, nowMs: number, sentCount = 0): void {
    this.#enter(lane);
    try {
      this.#transitions.settle(lane, task, outcome, nowMs, sentCount);
    } finally {
      this.#leave();
    }
  }

  /** Settles and takes in one section: what a worker does between two tasks. */
  settleAndTake(
    lane: number,
    task: TaskId,
    outcome: RanOutcome,
    nowMs: number,
    sentCount: number,
  ): TaskId | -1 {
    this.#enter(lane);
    try {
      this.#transitions.settle(lane, task, outcome, nowMs, sentCount);
      return this.#transitions.take(lane, nowMs);
    } finally {
      this.#leave();
    }
  }

  /** A task that is to be tried again is ready. */
  requeue(task: TaskId, nowMs: number): void {
    this.#section(() => this.#transitions.requeue(task, nowMs));
  }

  /**
   * Starts nothing more: every task that is not running is cancelled, but for those that run whatever
   * happens. Called again it may still tell running tasks to end.
   *
   * @param isAborted Whether running tasks are told to end.
   */
  cancel(nowMs: number, isAborted = true): void {
    this.#section(() => this.#transitions.cancel(CancelCause.ASKED, isAborted, nowMs));
  }

  /**
   * Takes a lane from the thread that has it: whatever that thread does from now on throws.
   *
   * @returns The task it was running, which still runs until {@linkcode settle} is called by the
   * thread that calls this (the lane is now its own), or -1.
   */
  fence(lane: number): TaskId | -1 {
    return this.#section(() => {
      this.lanes.assign(lane, this.#owner);
      return this.lanes.current(lane) as TaskId | -1;
    });
  }

  /**
   * As {@linkcode fence}, if the lane runs this task; otherwise nothing happens.
   *
   * @returns Whether it did: then the task runs until whoever calls this settles it.
   */
  fenceTask(lane: number, task: TaskId): boolean {
    return this.#section(() => {
      const isRunning = this.lanes.current(lane) === task;
      if (isRunning) this.lanes.assign(lane, this.#owner);
      return isRunning;
    });
  }

  /** No task is tried again any more, and those that wait for it are ready at once. */
  endRetries(nowMs: number): void {
    this.#section(() => this.#transitions.endRetries(nowMs));
  }

  /** Enters a section as the owner of a lane. */
  #enter(lane: number): void {
    this.#begin();
    if (this.lanes.belongsTo(lane, this.#owner)) return;
    this.#lock.release();
    throw new LaneFencedError(`Lane ${lane} was taken from this thread`);
  }

  /** Does something under the plan's lock. The hot paths spell it out. */
  #section<T>(work: () => T): T {
    this.#begin();
    try {
      return work();
    } finally {
      this.#leave();
    }
  }

  #begin(): void {
    this.#lock.acquire();
    this.log.begin();
    this.#transitions.readyCount = this.#words[Word.READY_COUNT]!;
    this.#transitions.remaining = this.#words[Word.REMAINING]!;
  }

  /**
   * Ends a section: publishes, then wakes. The store to LOGGED publishes all that was written before it,
   * and comes before WAITERS is read. A sleeper writes WAITERS, then reads LOGGED and what was published
   * with it: one of them sees the other.
   */
  #leave(): void {
    const words = this.#words;
    const { available, readyCount, remaining } = this.#transitions;
    const { appended } = this.log;
    const hasLogged = appended !== words[Word.LOGGED];
    words[Word.READY_COUNT] = readyCount;
    words[Word.READY] = available;
    words[Word.REMAINING] = remaining;
    store(words, Word.LOGGED, appended);
    this.#lock.release();
    if (remaining === 0) this.wakeups.end();
    else if (available > 0) this.wakeups.wakeWorkers(available);
    if (hasLogged) this.wakeups.wakeMain();
  }
}

/** Fills everything but the ready set and the log. Returns the tasks that wait for nobody. */
function initPlan(
  words: Int32Array,
  at: PlanLayout,
  graph: PlanGraph,
  options: PlanOptions,
): number[] {
  const { dependencies, dependents, size } = graph;
  words.set(dependents.start, at.dependentsStart);
  words.set(dependents.list, at.dependents);
  words[Word.SKIP_DEPENDENTS] = options.skipDependents ? 1 : 0;
  words[Word.FAIL_LIMIT] = options.failLimit ?? 0;
  words[Word.REMAINING] = size;
  const roots: number[] = [];
  for (let task = 0; task < size; task++) {
    const rank = options.ranks?.[task] ?? task;
    words[at.rankOf + task] = rank;
    words[at.taskAt + rank] = task;
    const waiting = dependencies.start[task + 1]! - dependencies.start[task]!;
    words[at.waiting + task] = waiting;
    if (waiting === 0) roots.push(task);
  }
  return roots;
}
