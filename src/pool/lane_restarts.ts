/**
 * What a pool knows, in a run, of the lanes that have lost a thread or a process: whether another in its
 * place is worth starting, and what the count of its messages starts from.
 */
import type { ErrorRecord } from "../base/error_record.ts";
import { MESSAGE_SEQ_STEP } from "../lane/lane_ids.ts";
import type { PoolListener } from "./pool.ts";

/** See the head of this file. */
export class LaneRestarts {
  /** Lanes with one that failed before it was of any use: another would fail the same way. */
  readonly #hopeless: boolean[];
  readonly #postedBase: number[];

  /** @param size How many lanes there are. */
  constructor(size: number) {
    this.#hopeless = new Array(size).fill(false);
    this.#postedBase = new Array(size).fill(0);
  }

  /** A run begins. */
  clear(): void {
    this.#hopeless.fill(false);
    this.#postedBase.fill(0);
  }

  /** Whether no lane has lost anything in this run. */
  get isEmpty(): boolean {
    return this.#postedBase.every((base) => base === 0);
  }

  /** Whether there is no use in starting another on a lane. */
  cannotRestart(lane: number): boolean {
    return this.#hopeless[lane]!;
  }

  /** What the count of messages of the next one on a lane starts from. */
  postedBase(lane: number): number {
    return this.#postedBase[lane]!;
  }

  /** One did not get ready, and no other would: lanes that have none now get none. */
  stopRestarting(lanes: readonly unknown[]): void {
    for (const [lane, it] of lanes.entries()) this.#hopeless[lane] ||= !it;
  }

  /**
   * A lane has lost what it had; the listener is told.
   *
   * @returns Whether the run can go on, on this lane or another.
   */
  laneLost(
    lane: number,
    error: ErrorRecord,
    isHopeless: boolean,
    listener: PoolListener | undefined,
  ): boolean {
    this.#hopeless[lane] = isHopeless;
    this.#postedBase[lane]! += MESSAGE_SEQ_STEP;
    listener?.lost(lane, error, this.#postedBase[lane]!);
    if (!this.#hopeless.every(Boolean)) return true;
    listener?.exhausted(error);
    return false;
  }
}
