/**
 * A lane of a run on remote workers. The driver takes and settles tasks for the lane: events of the
 * worker that runs the attempt become transitions of the plan.
 */
import { epochNowMs } from "../../runtime/clock.ts";
import type { ErrorRecord } from "../../base/error_record.ts";
import { LaneFencedError, Plan, type RanOutcome } from "../../plan/plan.ts";
import type { LaneMessage } from "../../lane/lane_message.ts";
import type { PoolListener } from "../../pool/pool.ts";
import type { RunSpec } from "../../lane/run_spec.ts";
import type { TaskId } from "../../task/task.ts";
import { type AttemptJob, attemptKey, type WorkerEvent } from "../engine_protocol.ts";

/** The pool, as its lanes see it. */
export interface EngineLaneContext {
  readonly spec: RunSpec;
  readonly listener: PoolListener;
  /** Starts an attempt on a worker. */
  start(lane: EngineLane, key: string, job: AttemptJob): void;
  /** Called when an attempt has ended: the lane is free, and dependents may be ready. */
  ended(key: string): void;
  /** Called when an attempt was lost. */
  lost(lane: EngineLane, error: ErrorRecord): void;
}

/** An event of an attempt. */
export type AttemptEvent = Extract<WorkerEvent, { type: "message" | "settled" | "lost" }>;

/** A lane of a run on remote workers. */
export class EngineLane {
  readonly lane: number;
  readonly #context: EngineLaneContext;
  readonly #plan: Plan;
  #sentCount: number;
  #job: AttemptJob | undefined;

  /**
   * @param owner The lane's owner id in the plan.
   * @param firstSeq First sequence number of the lane's messages.
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

  /** The current job. */
  get job(): AttemptJob | undefined {
    return this.#job;
  }

  /** The key of the current attempt. */
  get key(): string | undefined {
    return this.#job && attemptKey(this.#job.task, this.#job.attempt);
  }

  /**
   * Takes a task from the plan, if one may start. The lane must be free.
   *
   * @returns Whether it took one.
   */
  take(): boolean {
    const task = this.#plan.take(this.lane, this.#nowMs);
    if (task < 0) return false;
    const attempt = this.#plan.attemptOf(task);
    const job = this.#job = { task: task as TaskId, attempt, lane: this.lane };
    this.#context.start(this, attemptKey(job.task, attempt), job);
    return true;
  }

  /** Handles an event of the current attempt. */
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

  /**
   * Forwards a message to the run loop. Workers know neither the transition log nor this machine's
   * clock, so the message is placed after all records so far.
   */
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
      // The attempt was terminated in the meantime: the lane gets a new owner.
      if (!(error instanceof LaneFencedError)) throw error;
    }
    this.#context.ended(attemptKey(task, attempt));
  }

  get #nowMs(): number {
    return epochNowMs() - this.#context.spec.rules.epochMs;
  }
}
