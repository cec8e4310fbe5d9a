/**
 * Makes events of what happened. What happened comes from two sides: records of the plan's log, in one
 * order, and messages of the threads, in one order each. They are merged so that the grammar of a run
 * holds (src/events/run_event.ts): a message is told after the record that started its task, and the
 * record that ends a task after all messages its thread had sent by then.
 */
import type { ErrorRecord } from "../base/error_record.ts";
import { primordials } from "../runtime/primordials.ts";
import type { EventStream } from "../events/event_stream.ts";
import type { CancelReason, TaskFinished } from "../events/run_event.ts";
import {
  CancelCause,
  NO_LANE,
  NO_TASK,
  RecordKind,
  type TransitionLog,
} from "../plan/transition_log.ts";
import type { LaneMessage } from "../lane/lane_message.ts";
import type { TaskId } from "../task/task.ts";

/** Stands in where a thread was lost before it could say why its task failed. */
const UNKNOWN_ERROR: ErrorRecord = { type: "WorkerError", message: "the worker did not say why" };

/** Stands among the messages of a lane where one thread's end and the next one's begin. */
interface Handover {
  readonly type: "handover";
  readonly after: 0;
  /** What the next thread's count of messages starts from. */
  readonly postedBase: number;
}

/** See the head of this file. */
export class EventSequencer {
  readonly #stream: EventStream;
  readonly #log: TransitionLog;
  /** How many messages of each lane were told. */
  readonly #deliveredCounts: number[];
  /** Messages not told yet, by lane. */
  readonly #pending: (LaneMessage | Handover)[][];
  readonly #failures = new Map<number, ErrorRecord>();
  /** The keys of the state that tasks under way have written. */
  readonly #writes = new Map<number, Set<string>>();
  readonly #nowMs: () => number;
  readonly #retryDelayMs: (task: TaskId, attempt: number) => number;
  #recordsEmitted = 0;
  #cancelReason: CancelReason | undefined;
  #isCancelEmitted = false;
  #wakeUp: (() => void) | undefined;

  /**
   * @param lanes How many lanes the plan has.
   * @param nowMs Milliseconds since the run's start.
   * @param retryDelayMs How long a task waits when this attempt has failed.
   */
  constructor(
    stream: EventStream,
    log: TransitionLog,
    lanes: number,
    nowMs: () => number,
    retryDelayMs: (task: TaskId, attempt: number) => number,
  ) {
    this.#retryDelayMs = retryDelayMs;
    this.#stream = stream;
    this.#log = log;
    this.#deliveredCounts = new Array(lanes).fill(0);
    this.#pending = Array.from({ length: lanes }, () => []);
    this.#nowMs = nowMs;
  }

  /**
   * Tells what can be told.
   *
   * @returns Whether that was everything so far; if not, a message is on its way.
   */
  flush(): boolean {
    for (;;) {
      const isDrained = this.#log.drain(this.#readRecord);
      if (!this.#emitMessages()) return isDrained;
    }
  }

  /** Takes a message, and tells what can be told. */
  receive(lane: number, message: LaneMessage): void {
    this.#pending[lane]!.push(message);
    this.flush();
    this.#resume();
  }

  /** Resolves when something has come in. */
  async next(): Promise<void> {
    await new primordials.Promise<void>((resolve) => this.#wakeUp = resolve);
  }

  /**
   * The thread of a lane is gone: what it has said is told, and no more of it is waited for.
   *
   * @param postedBase What its successor's count of messages starts from.
   */
  replaceThread(lane: number, postedBase: number): void {
    this.#pending[lane]!.push({ type: "handover", after: 0, postedBase });
    this.#resume();
  }

  /** Where the count of a lane's messages stands. */
  deliveredCount(lane: number): number {
    return this.#deliveredCounts[lane]!;
  }

  /** Says why a task is going to fail, in the stead of its thread. */
  setFailureReason(task: TaskId, error: ErrorRecord): void {
    this.#failures.getOrInsert(task, error);
  }

  /** Says why the run is going to be cancelled, unless that was said before: it is cancelled once. */
  setCancelReason(reason: CancelReason): void {
    this.#cancelReason ??= reason;
  }

  /** Tells that the run has passed its deadline, which was seen too late for it to be cancelled. */
  emitMissedDeadline(nowMs: number): void {
    if (!this.#isCancelEmitted) {
      this.#stream.emit({ type: "run-cancelled", reason: "deadline" }, nowMs);
    }
  }

  #takeFailure(task: TaskId): ErrorRecord {
    const error = this.#failures.get(task) ?? UNKNOWN_ERROR;
    this.#failures.delete(task); // another attempt fails for a reason of its own
    return error;
  }

  /** The keys that the attempts of a task have written, as its last event has them. */
  #takeWrites(task: TaskId): Pick<TaskFinished, "wrote"> {
    const keys = this.#writes.get(task);
    this.#writes.delete(task);
    return keys === undefined ? {} : { wrote: [...keys].sort() };
  }

  #resume(): void {
    this.#wakeUp?.();
    this.#wakeUp = undefined;
  }

  /** A record is told unless its lane has sent messages that have not come in. */
  readonly #readRecord = (
    kind: number,
    lane: number,
    task: number,
    a: number,
    b: number,
    timeMs: number,
  ): boolean => {
    const hasRun = kind === RecordKind.PASSED || kind === RecordKind.FAILED ||
      kind === RecordKind.RETRIED || (kind === RecordKind.CANCELLED && lane !== NO_LANE);
    // Words of the log come around where many threads of a lane were lost: what counts is the difference.
    if (hasRun && (a - this.#deliveredCounts[lane]! | 0) > 0) return false;
    this.#recordsEmitted++;
    this.#emitRecord(kind, lane, task as TaskId, a, b, timeMs);
    return true;
  };

  #emitRecord(
    kind: number,
    lane: number,
    task: TaskId,
    a: number,
    b: number,
    timeMs: number,
  ): void {
    const stream = this.#stream;
    const worker = lane === NO_LANE ? null : lane;
    switch (kind) {
      // The usual life of a task. Each of these is made in one piece: there are many.
      case RecordKind.QUEUED: {
        const seq = stream.next(timeMs);
        const { elapsedMs } = stream;
        return stream.tell({ type: "task-queued", task, seq, elapsedMs });
      }
      case RecordKind.STARTED: {
        const seq = stream.next(timeMs);
        const { elapsedMs } = stream;
        return stream.tell({
          type: "task-started",
          task,
          worker: lane,
          attempt: a,
          seq,
          elapsedMs,
        });
      }
      case RecordKind.PASSED: {
        const seq = stream.next(timeMs);
        const { elapsedMs } = stream;
        const outcome = { status: "passed" } as const;
        if (this.#writes.size > 0) {
          const wrote = this.#takeWrites(task);
          return stream.tell({
            type: "task-finished",
            ...{ task, worker, outcome, ...wrote, seq, elapsedMs },
          });
        }
        return stream.tell({ type: "task-finished", task, worker, outcome, seq, elapsedMs });
      }
      case RecordKind.FAILED: {
        const error = this.#takeFailure(task);
        const outcome = { status: "failed", error } as const;
        const wrote = this.#takeWrites(task);
        return stream.emit({ type: "task-finished", task, worker, outcome, ...wrote }, timeMs);
      }
      case RecordKind.SKIPPED: {
        const cause = b === NO_TASK ? null : b as TaskId;
        const outcome = { status: "skipped", via: a as TaskId, cause } as const;
        return stream.emit({ type: "task-finished", task, worker: null, outcome }, timeMs);
      }
      case RecordKind.CANCELLED: {
        const error = this.#failures.get(task);
        this.#failures.delete(task);
        const cancelled = { status: "cancelled", reason: this.#cancelReason! } as const;
        const outcome = error === undefined ? cancelled : { ...cancelled, error };
        const wrote = this.#takeWrites(task);
        return stream.emit({ type: "task-finished", task, worker, outcome, ...wrote }, timeMs);
      }
      case RecordKind.RETRIED: {
        const error = this.#takeFailure(task);
        const delayMs = this.#retryDelayMs(task, b);
        return stream.emit(
          { type: "task-retried", task, worker: lane, attempt: b, error, delayMs },
          timeMs,
        );
      }
      case RecordKind.RUN_CANCELLED:
        if (a === CancelCause.FAILURES) this.#cancelReason = "fail-fast";
        this.#isCancelEmitted = true;
        return stream.emit({ type: "run-cancelled", reason: this.#cancelReason! }, timeMs);
    }
  }

  /** Tells the messages whose records are told. Says whether there were any. */
  #emitMessages(): boolean {
    let any = false;
    for (const [lane, pending] of this.#pending.entries()) {
      while (pending.length > 0 && pending[0]!.after <= this.#recordsEmitted) {
        const message = pending.shift()!;
        any = true;
        if (message.type === "handover") this.#deliveredCounts[lane] = message.postedBase;
        else {
          this.#deliveredCounts[lane]!++;
          this.#emitMessage(lane, message);
        }
      }
    }
    return any;
  }

  #emitMessage(lane: number, message: LaneMessage): void {
    switch (message.type) {
      case "output": {
        const { type: _type, after: _after, atMs = this.#nowMs(), task, ...rest } = message;
        return this.#stream.emit({ type: "task-output", task, worker: lane, ...rest }, atMs);
      }
      case "stray": {
        const { type: _type, after: _after, atMs = this.#nowMs(), suspects, ...rest } = message;
        return this.#stream.emit({ type: "stray-error", worker: lane, suspects, ...rest }, atMs);
      }
      case "wrote": {
        const keys = this.#writes.getOrInsertComputed(message.task, () => new Set());
        for (const key of message.keys) keys.add(key);
        return;
      }
      case "failed":
        this.#failures.set(message.task, message.error);
    }
  }
}
