/**
 * The lanes of a plan: a place for each thread that may run a task. A lane belongs to one thread
 * incarnation at a time, by its owner id. Touched under the plan's lock, but for hints; and for the owner
 * of a lane that nobody has, which is written before its thread hears of it.
 */
import { load } from "../sync/atomics.ts";
import { LANE_WORDS } from "./plan_layout.ts";

const OWNER = 0;
/** The task it runs + 1, or 0. */
const CURRENT = 1;
const TAKEN = 2;

/** See the head of this file. */
export class Lanes {
  readonly #words: Int32Array;
  readonly #at: number;

  /** @param at Where the lanes' words begin. */
  constructor(words: Int32Array, at: number) {
    this.#words = words;
    this.#at = at;
  }

  /** Gives a lane to a thread. */
  assign(lane: number, owner: number): void {
    this.#words[this.#index(lane) + OWNER] = owner;
  }

  /** Whether the lane is this thread's. */
  belongsTo(lane: number, owner: number): boolean {
    return this.#words[this.#index(lane) + OWNER] === owner;
  }

  /** The task the lane runs, or -1. */
  current(lane: number): number {
    return this.#words[this.#index(lane) + CURRENT]! - 1;
  }

  /** The lane runs a task from now on. */
  begin(lane: number, task: number): void {
    const at = this.#index(lane);
    this.#words[at + CURRENT] = task + 1;
    this.#words[at + TAKEN]!++;
  }

  /** The lane runs nothing any more. */
  end(lane: number): void {
    this.#words[this.#index(lane) + CURRENT] = 0;
  }

  /** How many tasks the lane has run: a hint while the run goes on. */
  takenCount(lane: number): number {
    return load(this.#words, this.#index(lane) + TAKEN);
  }

  #index(lane: number): number {
    return this.#at + lane * LANE_WORDS;
  }
}
