/**
 * Bookkeeping of the lanes that have lost a thread or a process in a run: whether a replacement is
 * worth starting, and the first sequence number of its messages.
 */
import type { ErrorRecord } from "../base/error_record.ts";
import { MESSAGE_SEQ_STEP } from "../lane/lane_ids.ts";
import type { PoolListener } from "./pool.ts";

/** The restarts of a pool's lanes. */
export class LaneRestarts {
  /** Lanes whose thread failed before it took a task: a replacement would fail the same way. */
  readonly #hopelessLanes: boolean[];
  readonly #firstSeq: number[];
  readonly #firstLane: number;

  /**
   * @param size Number of lanes.
   * @param firstLane The number of the first.
   */
  constructor(size: number, firstLane = 0) {
    this.#firstLane = firstLane;
    this.#hopelessLanes = new Array(size).fill(false);
    this.#firstSeq = new Array(size).fill(0);
  }

  /** Resets everything: a run begins. */
  clear(): void {
    this.#hopelessLanes.fill(false);
    this.#firstSeq.fill(0);
  }

  /** Whether no lane has lost a thread in this run. */
  get isEmpty(): boolean {
    return this.#firstSeq.every((base) => base === 0);
  }

  /** Whether a replacement on a lane would fail, too. */
  cannotRestart(lane: number): boolean {
    return this.#hopelessLanes[lane - this.#firstLane]!;
  }

  /** Returns the first sequence number for the messages of the lane's next thread. */
  firstSeq(lane: number): number {
    return this.#firstSeq[lane - this.#firstLane]!;
  }

  /**
   * Stops replacements on all lanes that have no thread now: one failed to start, and any other
   * would.
   */
  stopRestarting(lanes: readonly unknown[]): void {
    for (const [lane, it] of lanes.entries()) this.#hopelessLanes[lane] ||= !it;
  }

  /**
   * Records that a lane has lost its thread, and notifies the listener.
   *
   * @returns whether the run can continue, on this lane or another.
   */
  laneLost(
    lane: number,
    error: ErrorRecord,
    isHopeless: boolean,
    listener: PoolListener | undefined,
  ): boolean {
    this.#hopelessLanes[lane - this.#firstLane] = isHopeless;
    const firstSeq = this.#firstSeq[lane - this.#firstLane]! += MESSAGE_SEQ_STEP;
    listener?.lost(lane, error, firstSeq);
    if (!this.#hopelessLanes.every(Boolean)) return true;
    listener?.exhausted(error);
    return false;
  }
}
