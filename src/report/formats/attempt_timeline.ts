/**
 * Every attempt of a run, when and where: what a picture of the run is drawn from.
 *
 * The clock of events stands still within a step of the run, and pictures do not like things that
 * take no time or lie on each other. So each start and end is moved to the next free nanosecond: all
 * of these times differ, and their order is that of the events.
 */
import type { ErrorRecord } from "../../base/error_record.ts";
import type { RunEvent, TaskStatus } from "../../events/run_event.ts";
import type { TaskId } from "../../task/task.ts";

/** One attempt of a task. */
export interface TimelineAttempt {
  readonly task: TaskId;
  readonly worker: number;
  /** From 1. */
  readonly number: number;
  /** Whole nanoseconds since the run started. */
  readonly startNs: number;
  /** The same for its end, at least one more. */
  endNs: number;
  /** How it ended; `retried` stands for a failure that another attempt followed. */
  end: TaskStatus | "retried";
  error: ErrorRecord | undefined;
}

/** See the head of this file. */
export class AttemptTimeline {
  /** In the order in which they started. */
  readonly attempts: TimelineAttempt[] = [];
  readonly #running = new Map<number, TimelineAttempt>();
  #nowNs = 0;
  #lastNs = -1;

  /** The time of the last event taken, in whole nanoseconds since the run started. */
  get nowNs(): number {
    return this.#nowNs;
  }

  /** Takes an event. */
  add(event: RunEvent): void {
    const ns = Math.round(event.elapsedMs * 1e6);
    this.#nowNs = Math.max(this.#nowNs, ns);
    switch (event.type) {
      case "task-started":
        return this.#start(event);
      case "task-retried":
        return this.#end(event.worker, "retried", event.error);
      case "task-finished": {
        const { worker, outcome } = event;
        if (worker === null) return;
        return this.#end(worker, outcome.status, "error" in outcome ? outcome.error : undefined);
      }
    }
  }

  #start({ task, worker, attempt }: RunEvent & { type: "task-started" }): void {
    const startNs = this.#nextNs();
    const started: TimelineAttempt = {
      ...{ task, worker, number: attempt, startNs },
      ...{ endNs: startNs + 1, end: "cancelled", error: undefined },
    };
    this.attempts.push(started);
    this.#running.set(worker, started);
  }

  #end(worker: number, end: TimelineAttempt["end"], error: ErrorRecord | undefined): void {
    const attempt = this.#running.get(worker);
    if (!attempt) return;
    this.#running.delete(worker);
    attempt.endNs = this.#nextNs();
    attempt.end = end;
    attempt.error = error;
  }

  /** The time of the event, or the first free one after it. */
  #nextNs(): number {
    this.#lastNs = Math.max(this.#nowNs, this.#lastNs + 1);
    this.#nowNs = this.#lastNs;
    return this.#lastNs;
  }
}
