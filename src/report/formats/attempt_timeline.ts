/**
 * The timeline of a run: all attempts with their start and end times, as drawn in traces and pages.
 *
 * Several events can have the same time, but viewers need intervals that have a length and do not
 * overlap. So each start and end is moved to the next unused nanosecond: all of these times differ,
 * and their order is that of the events.
 */
import type { ErrorRecord } from "../../base/error_record.ts";
import type { RunEvent, TaskStatus } from "../../events/run_event.ts";
import type { TaskId } from "../../task/task.ts";

/** An attempt of a task. */
export interface TimelineAttempt {
  readonly task: TaskId;
  readonly worker: number;
  /** The attempt's number, from 1. */
  readonly number: number;
  /** Start in whole nanoseconds since the run's start. */
  readonly startNs: number;
  /** End in whole nanoseconds since the run's start, after `startNs`. */
  endNs: number;
  /** The outcome; `retried` means a failure followed by another attempt. */
  end: TaskStatus | "retried";
  error: ErrorRecord | undefined;
}

/** Collects the attempts of a run with distinct times. */
export class AttemptTimeline {
  /** The attempts, in the order of their starts. */
  readonly attempts: TimelineAttempt[] = [];
  readonly #running = new Map<number, TimelineAttempt>();
  #nowNs = 0;
  #lastNs = -1;

  /** Time of the last event in whole nanoseconds since the run's start. */
  get nowNs(): number {
    return this.#nowNs;
  }

  /** Adds an event. */
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
      task,
      worker,
      number: attempt,
      startNs,
      endNs: startNs + 1,
      end: "cancelled",
      error: undefined,
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

  /** The time of the event, or the first unused one after it. */
  #nextNs(): number {
    this.#lastNs = Math.max(this.#nowNs, this.#lastNs + 1);
    this.#nowNs = this.#lastNs;
    return this.#lastNs;
  }
}
