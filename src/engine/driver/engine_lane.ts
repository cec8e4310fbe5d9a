/**
 * A lane of a run whose tasks run on other machines. The driver takes and settles for it: what a worker says of
 * the attempt becomes what the plan is told.
 */
import { epochNowMs } from "../../runtime/clock.ts";
import type { ErrorRecord } from "../../base/error_record.ts";
import { LaneFencedError, Plan, type RanOutcome } from "../../plan/plan.ts";
import type { LaneMessage } from "../../lane/lane_message.ts";
import type { PoolListener } from "../../pool/pool.ts";
import type { RunSpec } from "../../lane/run_spec.ts";
import type { TaskId } from "../../task/task.ts";
import { attemptKey, type Job, type WorkerEvent } from "../engine_protocol.ts";

/** What a lane needs of its pool. */
export interface EngineLaneContext {
  readonly order: RunSpec;
  readonly listener: PoolListener;
  /** An attempt is to be run. */
  begin(lane: EngineLane, key: string, job: Job): void;
  /** An attempt has ended, so that the lane is free, and others may be ready. */
  ended(key: string): void;
  /** Nothing will come of an attempt. */
  lost(lane: EngineLane, error: ErrorRecord): void;
}

/** What workers say of an attempt. */
export type AttemptEvent = Extract<WorkerEvent, { type: "message" | "settled" | "lost" }>;

/** See the head of this file. */
export class EngineLane {
  readonly lane: number;
  readonly #host: EngineLaneContext;
  readonly #plan: Plan;
  #posted: number;
  #job: Job | undefined;

  /**
   * @param owner Its id in the plan.
   * @param posted What its count of messages starts from.
   */
  constructor(
    host: EngineLaneContext,
    lane: number,
    { owner, posted }: { owner: number; posted: number },
  ) {
    this.lane = lane;
    this.#host = host;
    this.#posted = posted;
    this.#plan = Plan.attach(host.order.plan.handle, owner);
    this.#plan.open(lane, owner);
  }

  /** What it runs now. */
  get job(): Job | undefined {
    return this.#job;
  }

  /** The attempt it runs now. */
  get key(): string | undefined {
    return this.#job && attemptKey(this.#job.task, this.#job.attempt);
  }

  /** Takes a task, while it runs none. Says whether there was one. */
  take(): boolean {
    const task = this.#plan.take(this.lane, this.#nowMs);
    if (task < 0) return false;
    const attempt = this.#plan.attemptOf(task);
    const job = this.#job = { task: task as TaskId, attempt, lane: this.lane };
    this.#host.begin(this, attemptKey(job.task, attempt), job);
    return true;
  }

  /** A worker says something of the attempt it runs. */
  hear(said: AttemptEvent): void {
    switch (said.type) {
      case "message":
        return this.say(said.message);
      case "settled":
        return this.#settle(said.outcome);
      case "lost":
        return this.#host.lost(this, said.error);
    }
  }

  /** Passes on a message: workers know nothing of the plan's log, nor of this clock: it comes after all there is now. */
  say(message: LaneMessage): void {
    this.#posted++;
    const after = this.#plan.log.published;
    this.#host.listener.message(this.lane, { ...message, after, atMs: undefined });
  }

  #settle(outcome: RanOutcome): void {
    const { task, attempt } = this.#job!;
    this.#job = undefined;
    try {
      this.#plan.settle(this.lane, task, outcome, this.#nowMs, this.#posted);
    } catch (error) {
      // Ended by force in this very moment: the lane will be another's.
      if (!(error instanceof LaneFencedError)) throw error;
    }
    this.#host.ended(attemptKey(task, attempt));
  }

  get #nowMs(): number {
    return epochNowMs() - this.#host.order.rules.epochMs;
  }
}
