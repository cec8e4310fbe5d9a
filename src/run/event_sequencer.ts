/**
 * Merges two ordered inputs into the event stream of a run: records of the transition log (totally
 * ordered) and messages from threads (ordered per lane). A message is emitted after the record that
 * started its task; a record that ends a task is emitted after every message that its thread had
 * sent by then. This is what makes the grammar of a run hold (src/events/run_event.ts).
 */
import type { ErrorRecord } from "../base/error_record.ts";
import { primordials } from "../runtime/primordials.ts";
import type { EventStream } from "../events/event_stream.ts";
import type { CacheNote, CancelReason, TaskFinished, TaskOutcome } from "../events/run_event.ts";
import {
  CancelCause,
  NO_LANE,
  NO_TASK,
  RecordKind,
  type TransitionLog,
} from "../plan/transition_log.ts";
import type { LaneMessage } from "../lane/lane_message.ts";
import type { TaskId } from "../task/task.ts";

/** Stands in for the error of a task whose thread was lost before it could send one. */
const UNKNOWN_ERROR: ErrorRecord = {
  type: "WorkerError",
  message: "the worker ended without reporting an error",
};

/** Separates the messages of two consecutive threads in the queue of a lane. */
interface Handover {
  readonly type: "handover";
  readonly after: 0;
  /** Start of the next thread's message count. */
  readonly firstSeq: number;
}

/** Merges the transition log and the lanes' messages into one stream of events. */
export class EventSequencer {
  readonly #stream: EventStream;
  readonly #log: TransitionLog;
  /** Number of delivered messages, by lane. */
  readonly #deliveredCounts: number[];
  /** Messages that are not delivered yet, by lane. */
  readonly #pending: (LaneMessage | Handover)[][];
  readonly #failures = new Map<number, ErrorRecord>();
  /** The keys of the state that running tasks have written. */
  readonly #writes = new Map<number, Set<string>>();
  /** The use of the cache for running tasks. */
  readonly #cacheNotes = new Map<number, CacheNote>();
  /** Tear-downs that dispose of nothing. */
  readonly #kept = new Set<number>();
  /** The reasons of tasks that skipped themselves. */
  readonly #skipReasons = new Map<number, string>();
  readonly #nowMs: () => number;
  readonly #retryDelayMs: (task: TaskId, attempt: number) => number;
  #recordsEmitted = 0;
  #cancelReason: CancelReason | undefined;
  #isCancelEmitted = false;
  #wakeUp: (() => void) | undefined;

  /**
   * @param lanes Number of lanes of the plan.
   * @param nowMs Milliseconds since the run's start.
   * @param retryDelayMs The delay after this failed attempt of a task, in ms.
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
   * Emits everything that can be emitted.
   *
   * @returns Whether everything logged so far was emitted; if not, a message is still to come.
   */
  flush(): boolean {
    for (;;) {
      const isDrained = this.#log.drain(this.#readRecord);
      if (!this.#emitMessages()) return isDrained;
    }
  }

  /** Receives a message, and emits everything that can be emitted. */
  receive(lane: number, message: LaneMessage): void {
    this.#pending[lane]!.push(message);
    this.flush();
    this.#resume();
  }

  /** Resolves when a message or a new thread of a lane arrives. */
  async next(): Promise<void> {
    await new primordials.Promise<void>((resolve) => this.#wakeUp = resolve);
  }

  /**
   * Ends the messages of a lane's thread: those that were received are emitted, and no more are
   * expected.
   *
   * @param firstSeq Start of the next thread's message count.
   */
  replaceThread(lane: number, firstSeq: number): void {
    this.#pending[lane]!.push({ type: "handover", after: 0, firstSeq });
    this.#resume();
  }

  /** The message count of a lane. */
  deliveredCount(lane: number): number {
    return this.#deliveredCounts[lane]!;
  }

  /** Sets the error of a task that is going to fail, in place of its thread. */
  setFailureReason(task: TaskId, error: ErrorRecord): void {
    this.#failures.getOrInsert(task, error);
  }

  /**
   * Sets the reason of the coming cancellation. The first reason counts: a run is cancelled once.
   */
  setCancelReason(reason: CancelReason): void {
    this.#cancelReason ??= reason;
  }

  /** Emits that the run has passed its deadline, if that was noticed too late to cancel the run. */
  emitMissedDeadline(nowMs: number): void {
    if (!this.#isCancelEmitted) {
      this.#stream.emit({ type: "run-cancelled", reason: "deadline" }, nowMs);
    }
  }

  /** The outcome of a task that was skipped because of a dependency. */
  #skippedOutcome(via: number, cause: number): TaskOutcome {
    const reason = this.#skipReasons.get(cause as TaskId);
    return {
      status: "skipped",
      via: via === NO_TASK ? null : via as TaskId,
      cause: cause === NO_TASK ? null : cause as TaskId,
      ...(reason === undefined ? {} : { reason }),
    };
  }

  /** The outcome of a task that skipped itself. */
  #ownSkip(task: TaskId, kind: number): TaskOutcome {
    const reason = this.#skipReasons.get(task) ?? "";
    const outcome = { status: "skipped", via: null, cause: null, reason } as const;
    return kind === RecordKind.SKIPPED_ALONE ? { ...outcome, dependents: "run" } : outcome;
  }

  #takeFailure(task: TaskId): ErrorRecord {
    const error = this.#failures.get(task) ?? UNKNOWN_ERROR;
    this.#failures.delete(task); // another attempt has an error of its own
    return error;
  }

  /**
   * The keys that the attempts of a task have written, the use of the cache, and whether a resource
   * outlives the run: for its last event.
   */
  #takeNotes(task: TaskId): Pick<TaskFinished, "wrote" | "kept" | keyof CacheNote> {
    const keys = this.#writes.get(task);
    const note = this.#cacheNotes.get(task);
    this.#writes.delete(task);
    this.#cacheNotes.delete(task);
    const isKept = this.#kept.delete(task);
    return {
      ...note,
      ...(keys === undefined ? {} : { wrote: [...keys].sort() }),
      ...(isKept ? { kept: true } : {}),
    };
  }

  #resume(): void {
    this.#wakeUp?.();
    this.#wakeUp = undefined;
  }

  /** Emits a record, unless its lane has sent messages that have not arrived. */
  readonly #readRecord = (
    kind: number,
    lane: number,
    task: number,
    a: number,
    b: number,
    timeMs: number,
  ): boolean => {
    const hasRun = kind === RecordKind.PASSED || kind === RecordKind.FAILED ||
      kind === RecordKind.RETRIED || kind === RecordKind.SKIPPED_ALONE ||
      ((kind === RecordKind.CANCELLED || kind === RecordKind.SKIPPED) && lane !== NO_LANE);
    // The counts are 32-bit words that wrap around after many lost threads: only the difference
    // counts.
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
      // The usual records of a task: each event is one object literal, since there are many.
      case RecordKind.QUEUED: {
        const seq = stream.nextSeq(timeMs);
        const { elapsedMs } = stream;
        return stream.deliver({ type: "task-queued", task, seq, elapsedMs });
      }
      case RecordKind.STARTED: {
        const seq = stream.nextSeq(timeMs);
        const { elapsedMs } = stream;
        return stream.deliver({
          type: "task-started",
          task,
          worker: lane,
          attempt: a,
          seq,
          elapsedMs,
        });
      }
      case RecordKind.PASSED: {
        const seq = stream.nextSeq(timeMs);
        const { elapsedMs } = stream;
        const outcome = { status: "passed" } as const;
        if (this.#writes.size > 0 || this.#cacheNotes.size > 0 || this.#kept.size > 0) {
          const notes = this.#takeNotes(task);
          return stream.deliver({
            type: "task-finished",
            task,
            worker,
            outcome,
            ...notes,
            seq,
            elapsedMs,
          });
        }
        return stream.deliver({ type: "task-finished", task, worker, outcome, seq, elapsedMs });
      }
      case RecordKind.FAILED: {
        const error = this.#takeFailure(task);
        const outcome = { status: "failed", error } as const;
        const notes = this.#takeNotes(task);
        return stream.emit({ type: "task-finished", task, worker, outcome, ...notes }, timeMs);
      }
      case RecordKind.SKIPPED:
      case RecordKind.SKIPPED_ALONE: {
        const outcome = worker === null ? this.#skippedOutcome(a, b) : this.#ownSkip(task, kind);
        const notes = this.#takeNotes(task);
        return stream.emit({ type: "task-finished", task, worker, outcome, ...notes }, timeMs);
      }
      case RecordKind.CANCELLED: {
        const error = this.#failures.get(task);
        this.#failures.delete(task);
        const cancelled = { status: "cancelled", reason: this.#cancelReason! } as const;
        const outcome = error === undefined ? cancelled : { ...cancelled, error };
        const notes = this.#takeNotes(task);
        return stream.emit({ type: "task-finished", task, worker, outcome, ...notes }, timeMs);
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

  /** Emits the messages whose records were emitted. Returns whether there were any. */
  #emitMessages(): boolean {
    let any = false;
    for (const [lane, pending] of this.#pending.entries()) {
      while (pending.length > 0 && pending[0]!.after <= this.#recordsEmitted) {
        const message = pending.shift()!;
        any = true;
        if (message.type === "handover") this.#deliveredCounts[lane] = message.firstSeq;
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
      case "cache":
        this.#cacheNotes.set(message.task, message.note);
        return;
      case "kept":
        this.#kept.add(message.task);
        return;
      case "skipped":
        this.#skipReasons.set(message.task, message.reason);
        return;
      case "failed":
        this.#failures.set(message.task, message.error);
        return;
      case "lost": // no event by itself: the run acts on it
    }
  }
}
