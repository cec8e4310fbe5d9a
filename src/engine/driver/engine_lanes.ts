/** The lanes of a run at an engine, and which of them runs what. */
import { FIRST_OWNER_ID, MESSAGE_SEQ_STEP } from "../../lane/lane_ids.ts";
import { EngineLane, type EngineLaneContext } from "./engine_lane.ts";
import type { EventBacklog } from "./event_backlog.ts";

/** See the head of this file. */
export class EngineLanes {
  readonly #lanes: EngineLane[] = [];
  readonly #firstSeq: number[] = [];
  /** The lane of each attempt that is under way. */
  readonly #running = new Map<string, EngineLane>();
  /** The worker of each attempt that was begun. */
  readonly #workers = new Map<string, string>();
  readonly #backlog: EventBacklog;
  #context: EngineLaneContext | undefined;
  #nextOwner = FIRST_OWNER_ID;

  constructor(backlog: EventBacklog) {
    this.#backlog = backlog;
  }

  /** Begins a run. */
  open(context: EngineLaneContext, size: number): void {
    this.#context = context;
    for (let lane = 0; lane < size; lane++) {
      this.#firstSeq[lane] = 0;
      this.reopen(lane);
    }
  }

  /** A lane. */
  at(lane: number): EngineLane {
    return this.#lanes[lane]!;
  }

  /** How many run something. */
  get runningCount(): number {
    return this.#running.size;
  }

  /** Those that run something. */
  get busy(): EngineLane[] {
    return [...this.#running.values()];
  }

  /** The lane that runs an attempt, if any does. */
  find(key: string): EngineLane | undefined {
    return this.#running.get(key);
  }

  /** A lane runs an attempt from now on. */
  assign(key: string, lane: EngineLane): void {
    this.#running.set(key, lane);
  }

  /** A worker runs an attempt from now on. */
  setWorker(key: string, worker: string): void {
    this.#workers.set(key, worker);
  }

  /** The worker that runs an attempt, if one is known to. */
  workerOf(key: string): string | undefined {
    return this.#workers.get(key);
  }

  /** It runs it no more. */
  remove(key: string): void {
    this.#running.delete(key);
    this.#workers.delete(key);
    this.#backlog.markEnded(key);
  }

  /** What a lane runs is lost. Returns what its next owner's count of messages starts from. */
  lose({ lane, key }: EngineLane): number {
    if (key !== undefined) this.remove(key);
    return this.#firstSeq[lane]! += MESSAGE_SEQ_STEP;
  }

  /** Gives a lane a new owner. */
  reopen(lane: number): void {
    const owner = { owner: this.#nextOwner++, firstSeq: this.#firstSeq[lane]! };
    this.#lanes[lane] = new EngineLane(this.#context!, lane, owner);
  }
}
