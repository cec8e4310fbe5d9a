/**
 * The plan of one run: where each task of its graph stands. The plan lives in memory that all
 * threads of the run share. Whichever thread is free makes its transitions, under the plan's lock:
 * a worker settles its task and takes the next without a message to another thread.
 *
 *     waiting --(last dependency settled)--> ready --(take)--> running --(settle)--> passed
 *        |                                     |  ^               |----------------> failed
 *        |                                     |  |               |--(task.skip)---> skipped
 *        |--(a dependency did not pass)--> skipped |              |----------------> cancelled
 *        '--(cancel)--> cancelled <--(cancel)--'  '--(requeue)-- retrying <--(failed)-'
 *
 * With dependents not skipped, a failed dependency counts as settled like any other. A ready task
 * whose mutex or tokens are taken is parked until they are free (admission.ts). A task that runs
 * "always" or after a failure waits until all its dependencies have ended, and is not cancelled
 * with the run. A resource may be set up again: resource_rules.ts.
 *
 * Guarantees: every task reaches exactly one outcome, a set-up one each time; a task is taken once,
 * by one lane; a task is ready only when all its dependencies are settled. A lane belongs to one
 * thread incarnation: after `fence` its former thread can change nothing in the plan.
 */
import type { TaskId } from "../task/task.ts";
import { load, store } from "../sync/atomics.ts";
import { Mutex } from "../sync/mutex.ts";
import { Wakeups } from "./wakeups.ts";
import { Lanes } from "./lanes.ts";
import { layoutOf, type PlanLayout, Word } from "./plan_layout.ts";
import { CancelCause, NO_TASK, TransitionLog } from "./transition_log.ts";
import { PlanBufferPool } from "./plan_buffer_pool.ts";
import { policyShape, writePolicies } from "./policy_words.ts";
import { Transitions } from "./transitions.ts";
import type {
  PlanGraph,
  PlanHandle,
  PlanOptions,
  PlanResource,
  RanOutcome,
  RunningTask,
} from "./task_status.ts";
import { LaneFencedError, TaskState } from "./task_status.ts";
import { demandFirst, ResourceRules, resourceShape } from "./resource_rules.ts";

export * from "./task_status.ts";

/** The state machine of one run: each task's state, in memory that all threads share. */
export class Plan {
  readonly handle: PlanHandle;
  readonly log: TransitionLog;
  /** Parks and wakes the threads of this plan. */
  readonly wakeups: Wakeups;
  /** The lanes' owners and running tasks. */
  readonly lanes: Lanes;
  readonly #words: Int32Array;
  readonly #at: PlanLayout;
  readonly #lock: Mutex;
  readonly #owner: number;
  readonly #transitions: Transitions;
  readonly #rules: ResourceRules;

  private constructor(handle: PlanHandle, owner: number) {
    this.handle = handle;
    this.#owner = owner;
    this.#words = new Int32Array(handle.buffer);
    this.#at = layoutOf(handle);
    this.#lock = new Mutex(this.#words, Word.LOCK, owner);
    this.log = new TransitionLog(this.#words, this.#at.log);
    this.wakeups = new Wakeups(this.#words);
    this.lanes = new Lanes(this.#words, this.#at.lanes);
    this.#rules = new ResourceRules(this.#words, this.#at, handle);
    this.#transitions = new Transitions(this.#words, this.#at, {
      lanes: this.lanes,
      log: this.log,
      shape: handle,
      resources: handle.resources > 0 ? this.#rules : undefined,
    });
  }

  /**
   * Creates the plan of a run; tasks without dependencies are ready.
   *
   * @param owner The id of the calling thread, unique among the threads of the run, from 1.
   * @param nowMs The time on the run's clock.
   */
  static create(graph: PlanGraph, options: PlanOptions, owner: number, nowMs = 0): Plan {
    const { policies = [] } = options;
    const shape = {
      tasks: graph.size,
      edges: graph.dependents.list.length,
      lanes: options.lanes,
      ...policyShape(policies),
      ...resourceShape(options.lanes, options.resources),
    };
    const { memory = new PlanBufferPool() } = options;
    const plan = new Plan({ ...shape, buffer: memory.take(layoutOf(shape)) }, owner);
    const roots = initPlan(plan.#words, plan.#at, graph, options);
    writePolicies(plan.#words, plan.#at, shape, { policies, tokens: options.tokens });
    if (options.resources) plan.#rules.init(options.resources);
    plan.#begin();
    for (const task of roots) plan.#transitions.makeReady(task, nowMs);
    if (options.resources) {
      demandFirst(plan.#rules, graph.size, (it) => plan.#transitions.makeReady(it, nowMs));
    }
    plan.#leave();
    return plan;
  }

  /** Attaches to a plan that another thread created. */
  static attach(handle: PlanHandle, owner: number): Plan {
    return new Plan(handle, owner);
  }

  /** Number of tasks without an outcome. A hint unless it is 0, which is final. */
  get remaining(): number {
    load(this.#words, Word.LOGGED); // the acquire that makes the other words current
    return load(this.#words, Word.REMAINING);
  }

  /** Number of ready tasks that could be taken; a hint. */
  get readyCount(): number {
    load(this.#words, Word.LOGGED);
    return load(this.#words, Word.READY);
  }

  /** Number of ready tasks that a lane could take; a hint. */
  readyCountOf(lane: number): number {
    const { readyCount } = this;
    const { workerLanes, threadResources } = this.handle;
    if (lane >= workerLanes) return this.#rules.readyOn(lane) === NO_TASK ? 0 : 1;
    if (threadResources === 0) return readyCount;
    if (this.#rules.threads.isBlocked(lane)) return 0;
    return this.#rules.threads.readyOn(lane) === NO_TASK ? readyCount : readyCount + 1;
  }

  /** Whether a lane has no more tasks to take: no task is left, or none of its resource. */
  isDone(lane: number): boolean {
    if (this.remaining === 0) return true;
    return lane >= this.handle.workerLanes && this.#rules.isLaneDone(lane);
  }

  /** Whether running tasks were asked to end. */
  get aborted(): boolean {
    return load(this.#words, Word.ABORTED) !== 0;
  }

  /** The current attempt of a running task, from 1. */
  attemptOf(task: number): number {
    return this.handle.hasPolicies ? load(this.#words, this.#at.policies.attempts + task) : 1;
  }

  /** Whether other tasks depend on a task. */
  hasDependents(task: number): boolean {
    const { dependentsStart } = this.#at;
    return this.#words[dependentsStart + task]! < this.#words[dependentsStart + task + 1]!;
  }

  /** The state word of a task; a hint while the run is active. */
  stateOf(task: number): number {
    return load(this.#words, this.#at.state + task);
  }

  /** Assigns a lane to the calling thread, or to the thread with the given owner id. */
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
   * @param sentCount Number of messages that this thread has sent to the main thread.
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

  /** Settles a task and takes the next in one section: what a worker does between two tasks. */
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

  /** Makes a task ready whose retry delay has passed. */
  requeue(task: TaskId, nowMs: number): void {
    this.#section(() => this.#transitions.requeue(task, nowMs));
  }

  /**
   * Cancels every task that is not running, except tasks that run always or after a failure. A
   * second call may still ask running tasks to end.
   *
   * @param isAborted Whether running tasks are asked to end.
   */
  cancel(nowMs: number, isAborted = true): void {
    this.#section(() => this.#transitions.cancel(CancelCause.ASKED, isAborted, nowMs));
  }

  /**
   * Takes a lane from its thread: whatever that thread does with the plan from now on throws.
   *
   * @returns The task that the lane was running, which runs until the caller, the lane's new owner,
   * calls {@linkcode settle}; or -1.
   */
  fence(lane: number): TaskId | -1 {
    return this.#section(() => {
      this.lanes.assign(lane, this.#owner);
      return this.lanes.current(lane) as TaskId | -1;
    });
  }

  /**
   * Fences the lane, as {@linkcode fence} does, if it runs this task; otherwise does nothing.
   *
   * @returns Whether the lane was fenced. If so, the task runs until the caller settles it.
   */
  fenceTask(lane: number, task: TaskId): boolean {
    return this.#section(() => {
      const isRunning = this.lanes.current(lane) === task;
      if (isRunning) this.lanes.assign(lane, this.#owner);
      return isRunning;
    });
  }

  /**
   * Ends all retries: no task gets another attempt after this one, and tasks in a retry delay are
   * ready.
   */
  endRetries(nowMs: number): void {
    this.#section(() => this.#transitions.endRetries(nowMs));
  }

  /**
   * Marks a resource as lost: users that have not started wait until it is set up again, if it has
   * restarts left, or are skipped. Its set-up may still run: then the resource was lost before the
   * set-up has settled.
   *
   * @param users The tasks and set-ups that use it.
   * @returns The users that are running; undefined if it is not in use and cannot be: it is not set
   * up, or its tear-down has started.
   */
  loseResource(
    { setUp, tearDown, thread, lane: ownLane }: PlanResource,
    users: ReadonlySet<number>,
    nowMs: number,
  ): RunningTask[] | undefined {
    return this.#section(() => {
      const state = this.stateOf(setUp);
      const isUp = state === TaskState.PASSED || state === TaskState.RUNNING;
      if (!isUp || this.stateOf(tearDown) >= TaskState.RUNNING) return undefined;
      // Under the lock: a user that starts later has the next instance.
      const running: RunningTask[] = [];
      for (let lane = 0; lane < this.handle.lanes; lane++) {
        if (thread !== undefined && lane !== ownLane) continue; // it has another instance
        const task = this.lanes.current(lane) as TaskId; // none is -1, which is no user
        if (users.has(task)) running.push({ lane, task, attempt: this.attemptOf(task) });
      }
      this.#rules.lose(setUp);
      this.#transitions.restart(setUp, nowMs);
      return running;
    });
  }

  /** Forgets what a lost thread has set up for itself: the next one sets it up again. */
  loseLane(lane: number, nowMs: number): void {
    if (this.handle.threadResources === 0 || lane >= this.handle.workerLanes) return;
    this.#section(() => this.#transitions.loseLane(lane, nowMs));
  }

  /** Whether a resource may be set up again if it is lost; a hint. */
  hasRestarts(setUp: number): boolean {
    load(this.#words, Word.LOGGED);
    return this.#rules.hasRestarts(setUp);
  }

  /** Binds the resource of a lane to the run: neither it nor those that use it can outlive it. */
  bindToRun(lane: number): void {
    this.#section(() => this.#rules.bindToRun(lane));
  }

  /** Whether the resource of a lane can outlive the run; see {@linkcode ResourceRules}. */
  keepBeyondRun(lane: number): boolean {
    return this.#section(() => this.#rules.keepBeyondRun(lane));
  }

  /** Enters a section as the owner of a lane. */
  #enter(lane: number): void {
    this.#begin();
    if (this.lanes.belongsTo(lane, this.#owner)) return;
    this.#lock.release();
    throw new LaneFencedError(`Lane ${lane} was taken from this thread`);
  }

  /** Runs `work` under the plan's lock. The hot paths do the same without a closure. */
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
    this.#transitions.hasReadyNode = false;
  }

  /**
   * Ends a section: publishes, then wakes. The store to LOGGED publishes everything written before
   * it, and precedes the load of WAITERS. A waiter writes WAITERS, then reads LOGGED and what was
   * published with it: one of the two sees the other.
   */
  #leave(): void {
    const words = this.#words;
    const { available, readyCount, remaining, hasReadyNode } = this.#transitions;
    const { appended } = this.log;
    const { lanes, workerLanes, threadResources } = this.handle;
    const hasLogged = appended !== words[Word.LOGGED];
    // Which waiter is woken is not known: enough are, so that the right ones are among them.
    const wakesAll = hasReadyNode || (threadResources > 0 && available > 0);
    const woken = wakesAll ? lanes : available > 0 ? available + lanes - workerLanes : 0;
    words[Word.READY_COUNT] = readyCount;
    words[Word.READY] = available;
    words[Word.REMAINING] = remaining;
    store(words, Word.LOGGED, appended);
    this.#lock.release();
    if (remaining === 0) this.wakeups.end();
    else if (woken > 0) this.wakeups.wakeWorkers(woken);
    if (hasLogged) this.wakeups.wakeMain();
  }
}

/**
 * Writes the graph into the memory of a new plan: all but the ready set and the log. Returns the
 * tasks without dependencies.
 */
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
  const setUps = new Set(options.resources?.nodes.map(({ setUp }) => setUp));
  for (let task = 0; task < size; task++) {
    const rank = options.ranks?.[task] ?? task;
    words[at.rankOf + task] = rank;
    words[at.taskAt + rank] = task;
    const waiting = dependencies.start[task + 1]! - dependencies.start[task]!;
    words[at.waiting + task] = waiting;
    if (waiting === 0 && !setUps.has(task)) roots.push(task);
  }
  return roots;
}
