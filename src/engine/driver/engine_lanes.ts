/** The lanes of a run on remote workers, and the attempt that each of them runs. */
import { FIRST_OWNER_ID, MESSAGE_SEQ_STEP } from "../../lane/lane_ids.ts";
import { EngineLane, type EngineLaneContext } from "./engine_lane.ts";
import type { EventBacklog } from "./event_backlog.ts";

/** Lanes by index, and running attempts by key. */
export class EngineLanes {
  readonly #lanes: EngineLane[] = [];
  readonly #firstSeq: number[] = [];
  /** The lane of each running attempt. */
  readonly #running = new Map<string, EngineLane>();
  readonly #backlog: EventBacklog;
  #context: EngineLaneContext | undefined;
  #nextOwner = FIRST_OWNER_ID;

  constructor(backlog: EventBacklog) {
    this.#backlog = backlog;
  }

  /** Opens the lanes of a run. */
  open(context: EngineLaneContext, size: number): void {
    this.#context = context;
    for (let lane = 0; lane < size; lane++) {
      this.#firstSeq[lane] = 0;
      this.reopen(lane);
    }
  }

  at(lane: number): EngineLane {
    return this.#lanes[lane]!;
  }

  /** Number of lanes that run an attempt. */
  get runningCount(): number {
    return this.#running.size;
  }

  /** The lanes that run an attempt. */
  get busy(): EngineLane[] {
    return [...this.#running.values()];
  }

  /** The lane that runs an attempt, if any. */
  find(key: string): EngineLane | undefined {
    return this.#running.get(key);
  }

  /** Records that a lane runs an attempt. */
  assign(key: string, lane: EngineLane): void {
    this.#running.set(key, lane);
  }

  /** Records that an attempt has ended. */
  remove(key: string): void {
    this.#running.delete(key);
    this.#backlog.markEnded(key);
  }

  /**
   * Ends the attempt of a lost lane. Returns the first sequence number of the next owner's
   * messages.
   */
  lose({ lane, key }: EngineLane): number {
    if (key !== undefined) this.remove(key);
    return this.#firstSeq[lane]! += MESSAGE_SEQ_STEP;
  }

  /** Returns an owner id that no other thread of the run has. */
  nextOwner(): number {
    return this.#nextOwner++;
  }

  /** Gives a lane a new owner. */
  reopen(lane: number): void {
    const owner = { owner: this.nextOwner(), firstSeq: this.#firstSeq[lane]! };
    this.#lanes[lane] = new EngineLane(this.#context!, lane, owner);
  }
}
