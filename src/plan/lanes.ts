/**
 * The lanes of a plan: one worker slot for each thread that may run a task. A lane belongs to one
 * thread incarnation at a time, by its owner id. Accessed under the plan's lock, with two
 * exceptions: hints, and the owner of a lane without a thread, which is written before its thread
 * learns of it.
 */
import { load } from "../sync/atomics.ts";
import { LANE_WORDS } from "./plan_layout.ts";

const OWNER = 0;
/** The running task + 1, or 0. */
const CURRENT = 1;
const TAKEN = 2;

/** The lanes of a plan: their owners, and the tasks that they run. */
export class Lanes {
  readonly #words: Int32Array;
  readonly #at: number;

  /** @param at Offset of the lanes' words. */
  constructor(words: Int32Array, at: number) {
    this.#words = words;
    this.#at = at;
  }

  /** Assigns a lane to a thread. */
  assign(lane: number, owner: number): void {
    this.#words[this.#index(lane) + OWNER] = owner;
  }

  /** Whether the lane belongs to this thread. */
  belongsTo(lane: number, owner: number): boolean {
    return this.#words[this.#index(lane) + OWNER] === owner;
  }

  /** The task that the lane runs, or -1. */
  current(lane: number): number {
    return this.#words[this.#index(lane) + CURRENT]! - 1;
  }

  /** Records that the lane runs a task. */
  begin(lane: number, task: number): void {
    const at = this.#index(lane);
    this.#words[at + CURRENT] = task + 1;
    this.#words[at + TAKEN]!++;
  }

  /** Records that the lane runs no task. */
  end(lane: number): void {
    this.#words[this.#index(lane) + CURRENT] = 0;
  }

  /** Number of tasks that the lane has run; a hint while the run is active. */
  takenCount(lane: number): number {
    return load(this.#words, this.#index(lane) + TAKEN);
  }

  #index(lane: number): number {
    return this.#at + lane * LANE_WORDS;
  }
}
