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
 * A node with a lane of its own is not in the ready set: only its lane can take it.
 */
import { NO_TASK } from "./transition_log.ts";
import type { PlanLayout, PlanShape } from "./plan_layout.ts";
import { type PlanResources, TaskState } from "./task_status.ts";

/** The part of a plan's shape that follows from resources. */
export function resourceShape(
  lanes: number,
  resources: PlanResources | undefined,
): Pick<PlanShape, "resources" | "resourceUses" | "workerLanes"> {
  const own = resources?.nodes.filter(({ lane }) => lane !== undefined).length ?? 0;
  return {
    resources: resources?.nodes.length ?? 0,
    resourceUses: resources?.uses.list.length ?? 0,
    workerLanes: lanes - own,
  };
}

/** Bits of the flags of a set-up. */
const DEMANDED = 1;
const LOST = 2;

/** The resources of a plan, in its memory. */
export class ResourceRules {
  readonly #words: Int32Array;
  readonly #at: PlanLayout;
  readonly #tasks: number;

  constructor(words: Int32Array, at: PlanLayout, { tasks }: PlanShape) {
    this.#words = words;
    this.#at = at;
    this.#tasks = tasks;
  }

  /** Writes the resources into the memory of a new plan. */
  init({ nodes, uses }: PlanResources): void {
    const [words, at] = [this.#words, this.#at.resources];
    words.set(uses.start, at.usesStart);
    words.set(uses.list, at.uses);
    for (let task = 0; task < this.#tasks; task++) {
      const used = uses.start[task + 1]! - uses.start[task]!;
      words[at.othersLeft + task] = words[this.#at.waiting + task]! - used;
    }
    for (const used of uses.list) words[at.usersLeft + used]!++;
    for (const { setUp, tearDown, lane } of nodes) {
      words[this.#at.waiting + setUp]!++; // the demand
      words[at.setUpOf + setUp] = setUp + 1;
      words[at.setUpOf + tearDown] = setUp + 1;
      if (lane === undefined) continue;
      for (const node of [setUp, tearDown]) {
        words[at.laneOf + node] = lane + 1;
        words[this.#at.policies.weight + node] = 0; // takes no worker's slot
      }
      words[at.nodes + lane * 2] = setUp + 1;
      words[at.nodes + lane * 2 + 1] = tearDown + 1;
    }
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
   * Counts the end of a user.
   *
   * @param skip Skips a set-up that has not started, and that no user is left for.
   */
  userEnded(user: number, skip: (setUp: number) => void): void {
    const [words, at] = [this.#words, this.#at.resources];
    const end = words[at.usesStart + user + 1]!;
    for (let i = words[at.usesStart + user]!; i < end; i++) {
      const setUp = words[at.uses + i]!;
      if (--words[at.usersLeft + setUp]! > 0) continue;
      const state = this.#stateOf(setUp);
      // One that is parked for a mutex stays in its queue: it is set up, and disposed of.
      if (state < TaskState.RUNNING && state !== TaskState.PARKED) skip(setUp);
    }
  }

  /** Marks a set-up as lost: its resource can serve no user any more. */
  lose(setUp: number): void {
    this.#words[this.#at.resources.flags + setUp]! |= LOST;
  }

  /** Marks the resource of a set-up as not lost: another attempt to set it up starts. */
  start(setUp: number): void {
    this.#words[this.#at.resources.flags + setUp]! &= ~LOST;
  }

  /** Whether the resource of a set-up is lost. */
  isLost(setUp: number): boolean {
    return (this.#words[this.#at.resources.flags + setUp]! & LOST) !== 0;
  }

  /** The set-up of a lost resource that a task uses; NO_TASK if it uses none. */
  lostFor(task: number): number {
    const [words, at] = [this.#words, this.#at.resources];
    const end = words[at.usesStart + task + 1]!;
    for (let i = words[at.usesStart + task]!; i < end; i++) {
      const setUp = words[at.uses + i]!;
      if (this.isLost(setUp)) return setUp;
    }
    return NO_TASK;
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
