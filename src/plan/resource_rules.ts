/**
 * The rules of a plan for resources: when a set-up and a tear-down become ready, and on which lane
 * they run. Everything here happens under the plan's lock.
 *
 * A set-up is demanded when the other dependencies of one of its users have ended. It counts this
 * demand as one more dependency. Once all users have ended without a demand, it is not needed, and
 * is skipped.
 *
 *     waiting --(demanded, dependencies settled)--> ready --> running --> passed --> [users]
 *        '--(no user is left)--> skipped
 *
 * A tear-down waits for its set-up, the users of the resource and the tear-downs of the resources
 * that use it. It runs whatever these have come to, unless the set-up did not pass.
 *
 * A resource that is lost can be set up again, while it has restarts and users left: its set-up
 * becomes ready once no running task uses it, and users wait for it instead of being taken. The
 * dependents of the set-up have counted its first pass, and do not count the end of a restart.
 *
 *     passed --(lost, no user runs)--> ready --> running --> passed, failed --> [waiting users]
 *
 * Races prevented: a user that is taken between the loss and the restart would get the value of
 * the lost instance, so it waits from the loss on. A tear-down that becomes ready during a restart
 * waits for its end, or it would leave the new instance.
 *
 * A node with a lane of its own is not in the ready set: only its lane can take it.
 *
 * In a watch, a resource may outlive the run: its tear-down then passes without disposing of it.
 * Its thread decides that when it takes the tear-down. Race prevented: a resource that is bound to
 * the run after one that uses it has decided to stay would be disposed of before that one, so it is
 * pinned by that decision.
 */
import { NO_TASK } from "./transition_log.ts";
import type { PlanLayout, PlanShape } from "./plan_layout.ts";
import { type PlanResources, TaskState } from "./task_status.ts";
import { LOST_THREADS_MAX, ThreadResources } from "./thread_resources.ts";

/** The part of a plan's shape that follows from resources. */
export function resourceShape(
  lanes: number,
  resources: PlanResources | undefined,
): Pick<
  PlanShape,
  "resources" | "resourceUses" | "restarts" | "workerLanes" | "threadResources" | "threadUses"
> {
  const ofThreads = resources?.nodes.filter(({ thread }) => thread !== undefined).length ?? 0;
  const withLane = resources?.nodes.filter(({ lane }) => lane !== undefined).length ?? 0;
  const restarts = resources?.nodes.reduce((sum, it) => sum + it.restarts, 0) ?? 0;
  return {
    resources: resources?.nodes.length ?? 0,
    resourceUses: resources?.uses.list.length ?? 0,
    restarts: restarts + ofThreads * LOST_THREADS_MAX,
    workerLanes: lanes - (withLane - ofThreads),
    threadResources: resources?.threads?.count ?? 0,
    threadUses: resources?.threads?.uses.list.length ?? 0,
  };
}

/** Bits of the flags of a set-up. */
const DEMANDED = 1;
const LOST = 2;
const PASSED_BEFORE = 4;
const GIVEN_UP = 8;
/** Its thread is lost, and with it what was made: there is nothing to dispose of. */
const GONE = 16;
/** The resource depends on the state of the run: it cannot outlive the run. */
const RUN_BOUND = 32;
/** A resource that uses this one outlives the run. */
const PINNED = 64;

/** The resources of a plan, in its memory. */
export class ResourceRules {
  /** The resources of which each thread has an instance. */
  readonly threads: ThreadResources;
  readonly #words: Int32Array;
  readonly #at: PlanLayout;
  readonly #tasks: number;

  constructor(words: Int32Array, at: PlanLayout, shape: PlanShape) {
    this.#words = words;
    this.#at = at;
    this.#tasks = shape.tasks;
    this.threads = new ThreadResources(words, at, shape);
  }

  /** Writes the resources into the memory of a new plan. */
  init(resources: PlanResources): void {
    const { nodes, uses } = resources;
    const [words, at] = [this.#words, this.#at.resources];
    words.set(uses.start, at.usesStart);
    words.set(uses.list, at.uses);
    for (let task = 0; task < this.#tasks; task++) {
      const used = uses.start[task + 1]! - uses.start[task]!;
      words[at.othersLeft + task] = words[this.#at.waiting + task]! - used;
    }
    for (const used of uses.list) words[at.usersLeft + used]!++;
    for (const { setUp, tearDown, lane, thread, restarts } of nodes) {
      words[this.#at.waiting + setUp]!++; // the demand
      words[at.restartsLeft + setUp] = restarts;
      words[at.setUpOf + setUp] = setUp + 1;
      words[at.setUpOf + tearDown] = setUp + 1;
      if (lane === undefined) continue;
      for (const node of [setUp, tearDown]) {
        words[at.laneOf + node] = lane + 1;
        // A lane of its own takes no worker's slot.
        if (thread === undefined) words[this.#at.policies.weight + node] = 0;
      }
      if (thread !== undefined) continue;
      words[at.nodes + lane * 2] = setUp + 1;
      words[at.nodes + lane * 2 + 1] = tearDown + 1;
    }
    this.threads.init(resources);
  }

  /** Whether the node is a set-up. */
  isSetUp(node: number): boolean {
    return this.#words[this.#at.resources.setUpOf + node] === node + 1;
  }

  /** The set-up of a tear-down; NO_TASK for any other node. */
  setUpOf(tearDown: number): number {
    const setUp = this.#words[this.#at.resources.setUpOf + tearDown]! - 1;
    return setUp === tearDown ? NO_TASK : setUp;
  }

  /** Whether only its own lane can take the node. */
  hasLane(node: number): boolean {
    return this.#words[this.#at.resources.laneOf + node] !== 0;
  }

  /** Whether the lane runs the nodes of one resource, and nothing else. */
  hasNodes(lane: number): boolean {
    return this.#words[this.#at.resources.nodes + lane * 2] !== 0;
  }

  /** The ready node of a lane with nodes of its own; NO_TASK if none is ready. */
  readyOn(lane: number): number {
    for (let i = 0; i < 2; i++) {
      const node = this.#words[this.#at.resources.nodes + lane * 2 + i]! - 1;
      if (this.#stateOf(node) === TaskState.READY) return node;
    }
    return NO_TASK;
  }

  /** Whether the lane's tear-down has its outcome: it has no more nodes to run. */
  isLaneDone(lane: number): boolean {
    const tearDown = this.#words[this.#at.resources.nodes + lane * 2 + 1]! - 1;
    return this.#stateOf(tearDown) >= TaskState.PASSED;
  }

  /**
   * Counts the end of a dependency.
   *
   * @returns Number of dependencies that have not ended, without the set-ups that the task uses.
   */
  countEnd(task: number, ended: number): number {
    const at = this.#at.resources.othersLeft + task;
    return this.isSetUp(ended) ? this.#words[at]! : --this.#words[at]!;
  }

  /** Whether a waiting task waits for set-ups alone, and needs them. */
  isDemanding(task: number): boolean {
    const [words, at] = [this.#words, this.#at.resources];
    if (words[at.othersLeft + task] !== 0 || this.#stateOf(task) !== TaskState.WAITING) {
      return false;
    }
    return !this.isSetUp(task) || (words[at.flags + task]! & DEMANDED) !== 0;
  }

  /**
   * Demands the set-ups that a demanding task uses, and those that these use.
   *
   * @param makeReady Makes a set-up ready whose dependencies are settled.
   */
  demand(task: number, makeReady: (setUp: number) => void): void {
    const [words, at] = [this.#words, this.#at.resources];
    const open = [task];
    for (let height = 1; height > 0;) {
      const user = open[--height]!;
      const end = words[at.usesStart + user + 1]!;
      for (let i = words[at.usesStart + user]!; i < end; i++) {
        const setUp = words[at.uses + i]!;
        if ((words[at.flags + setUp]! & DEMANDED) !== 0) continue;
        words[at.flags + setUp]! |= DEMANDED;
        const left = --words[this.#at.waiting + setUp]!;
        if (left === 0 && this.#stateOf(setUp) === TaskState.WAITING) makeReady(setUp);
        else if (this.isDemanding(setUp)) open[height++] = setUp;
      }
    }
  }

  /**
   * Counts the end of a user. Of a set-up, it is one that the dependents have counted.
   *
   * @param skip Skips a set-up that has not started, and that no user is left for.
   */
  userEnded(user: number, skip: (setUp: number) => void): void {
    const hasPassed = this.isSetUp(user) && this.#stateOf(user) === TaskState.PASSED;
    if (hasPassed) this.#words[this.#at.resources.flags + user]! |= PASSED_BEFORE;
    const end = (setUp: number) => {
      if (--this.#words[this.#at.resources.usersLeft + setUp]! > 0) return;
      const state = this.#stateOf(setUp);
      // One that is parked for a mutex stays in its queue: it is set up, and disposed of.
      if (state < TaskState.RUNNING && state !== TaskState.PARKED) skip(setUp);
    };
    this.#eachUse(user, end);
    if (this.threads.hasAny) this.threads.eachUse(user, end);
  }

  /**
   * Forgets what was made on a lost thread: there is nothing to dispose of.
   *
   * @returns Whether the set-up is waiting again, for the next thread: it has users left.
   */
  forget(setUp: number, isLast: boolean): boolean {
    const [words, at] = [this.#words, this.#at.resources];
    const isUp = this.#stateOf(setUp) === TaskState.PASSED;
    if (isUp || this.hasPassedBefore(setUp)) words[at.flags + setUp]! |= GONE;
    if (!isUp || words[at.usersLeft + setUp]! <= 0) return false;
    words[at.flags + setUp]! |= PASSED_BEFORE | (isLast ? LOST : 0);
    if (isLast) words[at.restartsLeft + setUp] = 0;
    else {
      words[at.flags + setUp]! &= ~LOST;
      words[this.#at.state + setUp] = TaskState.WAITING;
      this.#eachUse(setUp, (used) => words[at.usersLeft + used]!++);
    }
    return !isLast;
  }

  /** Whether a node may run in a cancelled run, for a task that runs always: a thread runs it. */
  outlivesCancel(node: number): boolean {
    return this.threads.isNode(node) && this.#words[this.#at.resources.othersLeft + node] === 0;
  }

  /** Whether a set-up waits for a thread in place of a lost one. */
  isForgotten(setUp: number): boolean {
    return this.#stateOf(setUp) === TaskState.WAITING && this.hasPassedBefore(setUp);
  }

  /** Marks a set-up as lost: its resource can serve no user any more. */
  lose(setUp: number): void {
    this.#words[this.#at.resources.flags + setUp]! |= LOST;
  }

  /** Counts a started user. Another attempt of a set-up makes its resource not lost. */
  start(node: number): void {
    if (this.isSetUp(node)) this.#words[this.#at.resources.flags + node]! &= ~(LOST | GONE);
    this.#eachUse(node, (setUp) => this.#words[this.#at.resources.usersRunning + setUp]!++);
  }

  /** Counts the end of an attempt of a user. */
  stop(node: number): void {
    this.#eachUse(node, (setUp) => this.#words[this.#at.resources.usersRunning + setUp]!--);
  }

  /** Whether a set-up has passed, and its dependents have counted that. */
  hasPassedBefore(setUp: number): boolean {
    return (this.#words[this.#at.resources.flags + setUp]! & PASSED_BEFORE) !== 0;
  }

  /** Whether a set-up has passed at some time: there is something to dispose of. */
  wasMade(setUp: number): boolean {
    if ((this.#words[this.#at.resources.flags + setUp]! & GONE) !== 0) return false;
    return this.#stateOf(setUp) === TaskState.PASSED || this.hasPassedBefore(setUp);
  }

  /** Whether a resource has restarts left. */
  hasRestarts(setUp: number): boolean {
    return this.#words[this.#at.resources.restartsLeft + setUp]! > 0;
  }

  /** Whether a lost resource is going to be set up again: it has restarts and users left. */
  canRestart(setUp: number): boolean {
    return this.hasRestarts(setUp) && this.#words[this.#at.resources.usersLeft + setUp]! > 0;
  }

  /**
   * Restarts the lost resource of a set-up, if it can be and no running task uses it. It counts as
   * a user of its own resources again.
   *
   * @param makeReady Makes the set-up ready that has passed before.
   */
  restart(setUp: number, makeReady: (setUp: number) => void): void {
    const [words, at] = [this.#words, this.#at.resources];
    if (this.#stateOf(setUp) !== TaskState.PASSED || !this.isLost(setUp)) return;
    if (!this.canRestart(setUp) || words[at.usersRunning + setUp] !== 0) return;
    words[at.restartsLeft + setUp]!--;
    words[at.flags + setUp]! &= ~LOST;
    makeReady(setUp);
    this.#eachUse(setUp, (used) => {
      words[at.usersLeft + used]!++;
      this.restart(used, makeReady);
    });
  }

  /** Restarts the lost resources of a user that has ended, or that is going to be retried. */
  restartUsedBy(user: number, makeReady: (setUp: number) => void): void {
    this.#eachUse(user, (setUp) => this.restart(setUp, makeReady));
  }

  /** Ends the restarts of a resource. One that is being set up again is lost if `isFinal`. */
  endRestarts(setUp: number, isFinal: boolean): void {
    const at = this.#at.resources;
    this.#words[at.restartsLeft + setUp] = 0;
    const isUp = this.#stateOf(setUp) === TaskState.PASSED;
    // One that waits for another thread ends when that has taken it.
    const isOver = isFinal && !isUp && !this.isForgotten(setUp);
    if (isOver && this.hasPassedBefore(setUp)) {
      this.#words[at.flags + setUp]! |= LOST | GIVEN_UP;
    }
  }

  /** Whether a ready task has to wait for a restart. */
  mustWait(task: number): boolean {
    const tearsDown = this.setUpOf(task);
    if (tearsDown !== NO_TASK) return this.#stateOf(tearsDown) < TaskState.PASSED;
    let waits = false;
    this.#eachUse(task, (setUp) => {
      waits ||= this.isLost(setUp) || this.#stateOf(setUp) !== TaskState.PASSED;
    });
    return waits;
  }

  /** Whether the resource of a set-up is lost. */
  isLost(setUp: number): boolean {
    return (this.#words[this.#at.resources.flags + setUp]! & LOST) !== 0;
  }

  /**
   * The set-up of a resource that a task uses, and that is lost for good; NO_TASK if it uses none.
   * While a set-up is under way, its users wait, since it ends before they do; but not if no thread
   * is left for them.
   */
  lostFor(task: number): number {
    let found: number = NO_TASK;
    this.#eachUse(task, (setUp) => {
      const isGivenUp = (this.#words[this.#at.resources.flags + setUp]! & GIVEN_UP) !== 0;
      const isOver = isGivenUp || this.#stateOf(setUp) >= TaskState.PASSED;
      const isFinal = isOver && this.isLost(setUp) && !this.canRestart(setUp);
      if (isFinal && found === NO_TASK) found = setUp;
    });
    if (found !== NO_TASK || !this.threads.hasAny) return found;
    return this.threads.brokenFor(task, (it) => {
      const isUp = this.#stateOf(it) === TaskState.PASSED;
      return isUp && this.isLost(it) && !this.canRestart(it);
    });
  }

  /** Binds the resource of a lane to the run, and with it those that use it. */
  bindToRun(lane: number): void {
    const at = this.#at.resources;
    this.#words[at.flags + this.#words[at.nodes + lane * 2]! - 1]! |= RUN_BOUND;
  }

  /** Whether the resource of a lane can outlive the run. If so, those that it uses outlive it. */
  keepBeyondRun(lane: number): boolean {
    const [words, at] = [this.#words, this.#at.resources];
    const setUp = words[at.nodes + lane * 2]! - 1;
    if ((words[at.flags + setUp]! & PINNED) === 0 && this.#isBound(setUp)) return false;
    this.#eachUse(setUp, (used) => words[at.flags + used]! |= PINNED);
    return true;
  }

  #isBound(setUp: number): boolean {
    const flags = this.#words[this.#at.resources.flags + setUp]!;
    let isBound = (flags & (RUN_BOUND | LOST | GONE)) !== 0;
    this.#eachUse(setUp, (used) => isBound ||= this.#isBound(used));
    return isBound;
  }

  #eachUse(user: number, visit: (setUp: number) => void): void {
    const [words, at] = [this.#words, this.#at.resources];
    const end = words[at.usesStart + user + 1]!;
    for (let i = words[at.usesStart + user]!; i < end; i++) visit(words[at.uses + i]!);
  }

  #stateOf(node: number): number {
    return this.#words[this.#at.state + node]!;
  }
}

/** Demands the set-ups of the tasks that have no other dependencies, in a new plan. */
export function demandFirst(
  rules: ResourceRules,
  tasks: number,
  makeReady: (setUp: number) => void,
): void {
  for (let task = 0; task < tasks; task++) {
    if (rules.isDemanding(task)) rules.demand(task, makeReady);
  }
}
