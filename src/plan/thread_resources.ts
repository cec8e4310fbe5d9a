/**
 * The resources of which each thread has an instance: on which lane each of their nodes runs, which
 * of them a task is still missing there, and which lanes wait. Everything here happens under the
 * plan's lock, except for hints.
 *
 * A set-up is not demanded by its users, but by a lane that takes one: the lane runs the set-up
 * first, and takes a task again. The task stays ready meanwhile, and another lane may take it. The
 * dependencies of the set-up have ended by then, since the task has them, too.
 *
 *     waiting --(the lane takes a user)--> running --> passed --(the thread is lost)--> waiting
 *        '--(no user is left)--> skipped
 *
 * A tear-down waits for its set-up and for all users, on whichever lane they run.
 *
 * A lane is blocked if the next node that it has to run cannot start: its mutex is taken, or it
 * waits for a retry. The lane takes nothing, and waits; the end of any attempt unblocks it.
 *
 * Race prevented: a set-up that was parked in the queue of a mutex would be woken when the mutex is
 * free, for a lane whose thread is gone, and the next in the queue would not be. So it is in no
 * queue.
 */
import { type PlanLayout, type PlanShape, THREAD_NODE_WORDS } from "./plan_layout.ts";
import { NO_TASK } from "./transition_log.ts";
import { type PlanResources, TaskState } from "./task_status.ts";

/**
 * Maximum number of times that an instance is set up again on a lane whose thread was lost: each
 * time takes records of the log, which does not grow.
 */
export const LOST_THREADS_MAX = 100;

const SET_UP = 0;
const TEAR_DOWN = 1;
const LOST = 2;

/** The resources of threads in a plan, in its memory. */
export class ThreadResources {
  readonly #words: Int32Array;
  readonly #at: PlanLayout;
  readonly #count: number;
  readonly #lanes: number;

  constructor(words: Int32Array, at: PlanLayout, shape: PlanShape) {
    this.#words = words;
    this.#at = at;
    this.#count = shape.threadResources;
    this.#lanes = shape.workerLanes;
  }

  /** Whether there are any. */
  get hasAny(): boolean {
    return this.#count > 0;
  }

  /** Writes the resources into the memory of a new plan. */
  init({ nodes, threads }: PlanResources): void {
    if (threads === undefined) return;
    const words = this.#words;
    words.set(threads.uses.start, this.#at.threads.usesStart);
    words.set(threads.uses.list, this.#at.threads.uses);
    const users = new Int32Array(this.#count);
    for (const resource of threads.uses.list) users[resource]!++;
    for (const { setUp, tearDown, thread, lane } of nodes) {
      if (thread === undefined) continue;
      const at = this.#nodeAt(thread, lane!);
      words[at + SET_UP] = setUp;
      words[at + TEAR_DOWN] = tearDown;
      words[this.#at.resources.usersLeft + setUp]! += users[thread]!;
    }
  }

  /** Whether a worker's lane alone can run the node. */
  isNode(node: number): boolean {
    const lane = this.#words[this.#at.resources.laneOf + node]! - 1;
    return this.hasAny && lane >= 0 && lane < this.#lanes;
  }

  /** The ready node of a lane; NO_TASK if there is none. */
  readyOn(lane: number): number {
    for (let resource = 0; resource < this.#count; resource++) {
      const at = this.#nodeAt(resource, lane);
      for (let i = SET_UP; i <= TEAR_DOWN; i++) {
        const node = this.#words[at + i]!;
        if (this.#stateOf(node) === TaskState.READY) return node;
      }
    }
    return NO_TASK;
  }

  /** The first set-up that a lane has to run before a task; NO_TASK if all have passed. */
  missingOn(lane: number, task: number): number {
    const { usesStart, uses } = this.#at.threads;
    const end = this.#words[usesStart + task + 1]!;
    for (let i = this.#words[usesStart + task]!; i < end; i++) {
      const setUp = this.#words[this.#nodeAt(this.#words[uses + i]!, lane) + SET_UP]!;
      if (this.#stateOf(setUp) !== TaskState.PASSED) return setUp;
    }
    return NO_TASK;
  }

  /**
   * A set-up that fails a task, on whichever lane: one that has ended without an instance, or whose
   * instance is lost for good. NO_TASK if there is none.
   */
  brokenFor(task: number, isLost: (setUp: number) => boolean): number {
    const { usesStart, uses } = this.#at.threads;
    const end = this.#words[usesStart + task + 1]!;
    for (let i = this.#words[usesStart + task]!; i < end; i++) {
      for (let lane = 0; lane < this.#lanes; lane++) {
        const setUp = this.#words[this.#nodeAt(this.#words[uses + i]!, lane) + SET_UP]!;
        const state = this.#stateOf(setUp);
        if (state > TaskState.PASSED || isLost(setUp)) return setUp;
      }
    }
    return NO_TASK;
  }

  /** Visits the set-ups of all lanes that a task may use. */
  eachUse(task: number, visit: (setUp: number) => void): void {
    const { usesStart, uses } = this.#at.threads;
    const end = this.#words[usesStart + task + 1]!;
    for (let i = this.#words[usesStart + task]!; i < end; i++) {
      for (let lane = 0; lane < this.#lanes; lane++) {
        visit(this.#words[this.#nodeAt(this.#words[uses + i]!, lane) + SET_UP]!);
      }
    }
  }

  /**
   * Visits the nodes of a lane whose thread was lost.
   *
   * @param visit Gets with them whether nothing is set up there again.
   */
  loseLane(
    lane: number,
    visit: (setUp: number, tearDown: number, isLast: boolean) => void,
  ): void {
    for (let resource = 0; resource < this.#count; resource++) {
      const at = this.#nodeAt(resource, lane);
      const isLast = ++this.#words[at + LOST]! > LOST_THREADS_MAX;
      visit(this.#words[at + SET_UP]!, this.#words[at + TEAR_DOWN]!, isLast);
    }
  }

  /** Whether the lane waits for the end of another attempt. */
  isBlocked(lane: number): boolean {
    return this.hasAny && this.#words[this.#at.threads.blocked + lane] !== 0;
  }

  /** Blocks a lane. */
  block(lane: number): void {
    this.#words[this.#at.threads.blocked + lane] = 1;
  }

  /** Unblocks all lanes. Returns whether any was blocked. */
  unblockAll(): boolean {
    let any = false;
    for (let lane = 0; this.hasAny && lane < this.#lanes; lane++) {
      any ||= this.isBlocked(lane);
      this.#words[this.#at.threads.blocked + lane] = 0;
    }
    return any;
  }

  #nodeAt(resource: number, lane: number): number {
    return this.#at.threads.nodes + (resource * this.#lanes + lane) * THREAD_NODE_WORDS;
  }

  #stateOf(node: number): number {
    return this.#words[this.#at.state + node]!;
  }
}
