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
  readonly #hopelessLanes: boolean[];
  readonly #firstSeq: number[];

  /** @param size How many lanes there are. */
  constructor(size: number) {
    this.#hopelessLanes = new Array(size).fill(false);
    this.#firstSeq = new Array(size).fill(0);
  }

  /** A run begins. */
  clear(): void {
    this.#hopelessLanes.fill(false);
    this.#firstSeq.fill(0);
  }

  /** Whether no lane has lost anything in this run. */
  get isEmpty(): boolean {
    return this.#firstSeq.every((base) => base === 0);
  }

  /** Whether there is no use in starting another on a lane. */
  cannotRestart(lane: number): boolean {
    return this.#hopelessLanes[lane]!;
  }

  /** What the count of messages of the next one on a lane starts from. */
  firstSeq(lane: number): number {
    return this.#firstSeq[lane]!;
  }

  /** One did not get ready, and no other would: lanes that have none now get none. */
  stopRestarting(lanes: readonly unknown[]): void {
    for (const [lane, it] of lanes.entries()) this.#hopelessLanes[lane] ||= !it;
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
    this.#hopelessLanes[lane] = isHopeless;
    this.#firstSeq[lane]! += MESSAGE_SEQ_STEP;
    listener?.lost(lane, error, this.#firstSeq[lane]!);
    if (!this.#hopelessLanes.every(Boolean)) return true;
    listener?.exhausted(error);
    return false;
  }
}
