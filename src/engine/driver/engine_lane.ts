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
  readonly spec: RunSpec;
  readonly listener: PoolListener;
  /** An attempt is to be run. */
  start(lane: EngineLane, key: string, job: Job): void;
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
  readonly #context: EngineLaneContext;
  readonly #plan: Plan;
  #sentCount: number;
  #job: Job | undefined;

  /**
   * @param owner Its id in the plan.
   * @param posted What its count of messages starts from.
   */
  constructor(
    context: EngineLaneContext,
    lane: number,
    { owner, firstSeq }: { owner: number; firstSeq: number },
  ) {
    this.lane = lane;
    this.#context = context;
    this.#sentCount = firstSeq;
    this.#plan = Plan.attach(context.spec.plan.handle, owner);
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
    this.#context.start(this, attemptKey(job.task, attempt), job);
    return true;
  }

  /** A worker says something of the attempt it runs. */
  onEvent(event: AttemptEvent): void {
    switch (event.type) {
      case "message":
        return this.forward(event.message);
      case "settled":
        return this.#settle(event.outcome);
      case "lost":
        return this.#context.lost(this, event.error);
    }
  }

  /** Passes on a message: workers know nothing of the plan's log, nor of this clock: it comes after all there is now. */
  forward(message: LaneMessage): void {
    this.#sentCount++;
    const after = this.#plan.log.published;
    this.#context.listener.message(this.lane, { ...message, after, atMs: undefined });
  }

  #settle(outcome: RanOutcome): void {
    const { task, attempt } = this.#job!;
    this.#job = undefined;
    try {
      this.#plan.settle(this.lane, task, outcome, this.#nowMs, this.#sentCount);
    } catch (error) {
      // Ended by force in this very moment: the lane will be another's.
      if (!(error instanceof LaneFencedError)) throw error;
    }
    this.#context.ended(attemptKey(task, attempt));
  }

  get #nowMs(): number {
    return epochNowMs() - this.#context.spec.rules.epochMs;
  }
}
