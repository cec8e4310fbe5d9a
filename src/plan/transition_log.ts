/**
 * The transition log: every change of a run, in one order. Transitions append to it under the
 * plan's lock, so that order is the truth; the main thread reads behind, without the lock, up to
 * the count that was last published.
 *
 * A record is six words: kind and lane · task · a · b · time (a 64-bit float over two words). A
 * task has a bounded number of records, so the log never wraps and never blocks a worker.
 */
import { load } from "../sync/atomics.ts";
import { RECORD_WORDS, Word } from "./plan_layout.ts";

/** The kind of a record, and the meaning of its fields `a` and `b`. */
export const RecordKind = {
  /** Every dependency is settled; only a thread is missing. */
  QUEUED: 1,
  /** The lane has taken the task. `a`: the attempt, from 1. */
  STARTED: 2,
  /** `a`: number of messages that the thread had sent. */
  PASSED: 3,
  /** `a`: as for PASSED. */
  FAILED: 4,
  /**
   * `a`: the dependency that caused the skip. `b`: the task that failed or skipped itself, maybe
   * further upstream, or NO_TASK. With a lane, the task has skipped itself; `a`: as for PASSED.
   */
  SKIPPED: 5,
  /** Never started; or, with a lane, ended because the run was cancelled. `a`: as for PASSED. */
  CANCELLED: 6,
  /** No more tasks start. `a`: a {@linkcode CancelCause}. */
  RUN_CANCELLED: 7,
  /** An attempt has failed and another follows. `a`: as for PASSED. `b`: the attempt, from 1. */
  RETRIED: 8,
  /** Skipped by itself; its dependents run as if it had passed. `a`: as for PASSED. */
  SKIPPED_ALONE: 9,
} as const;

/** The cause of a run's cancellation. */
export const CancelCause = {
  /** The main thread cancelled the run, and knows the reason. */
  ASKED: 0,
  /** The number of failures reached the limit. */
  FAILURES: 1,
} as const;

/** Receives the records of a log, one call each. Returns false to stop before this record. */
export interface RecordReader {
  (kind: number, lane: number, task: number, a: number, b: number, timeMs: number): boolean;
}

/** Stands for the lane of a task that never ran. */
export const NO_LANE = 0xff_ffff;
/** Stands for the absence of a task. */
export const NO_TASK = -1;

/** The record of every change of a run, in one order. */
export class TransitionLog {
  readonly #words: Int32Array;
  readonly #times: Float64Array;
  readonly #at: number;
  /** Number of records appended; valid only in the thread that holds the plan's lock. */
  #appended = 0;
  #read = 0;

  constructor(words: Int32Array, at: number) {
    this.#words = words;
    this.#times = new Float64Array(words.buffer);
    this.#at = at;
  }

  /** Starts a section under the lock. */
  begin(): void {
    this.#appended = this.#words[Word.LOGGED]!;
  }

  /** Appends a record, under the plan's lock. Readers see it when LOGGED is stored. */
  append(kind: number, lane: number, task: number, a: number, b: number, timeMs: number): void {
    const at = this.#at + this.#appended++ * RECORD_WORDS;
    const words = this.#words;
    words[at] = kind | (lane << 8);
    words[at + 1] = task;
    words[at + 2] = a;
    words[at + 3] = b;
    this.#times[(at + 4) >> 1] = timeMs;
  }

  /** Number of records after the section's appends: the value to store into LOGGED. */
  get appended(): number {
    return this.#appended;
  }

  /** Number of published records, of all threads. */
  get published(): number {
    return load(this.#words, Word.LOGGED);
  }

  /** Number of records that {@linkcode drain} has read. */
  get read(): number {
    return this.#read;
  }

  /** Whether there are records that {@linkcode drain} has not read. */
  get hasUnread(): boolean {
    return this.published !== this.#read;
  }

  /**
   * Passes unread records to the reader. If the reader returns false, it gets the same record again
   * next time. The reader may call this method itself before it returns.
   *
   * @returns Whether everything published has been read.
   */
  drain(reader: RecordReader): boolean {
    const words = this.#words;
    const end = this.published;
    while (this.#read < end) {
      const at = this.#at + this.#read * RECORD_WORDS;
      const head = words[at]!;
      const time = this.#times[(at + 4) >> 1]!;
      this.#read++;
      const isAccepted = reader(
        head & 0xff,
        head >>> 8,
        words[at + 1]!,
        words[at + 2]!,
        words[at + 3]!,
        time,
      );
      if (isAccepted) continue;
      this.#read--;
      return false;
    }
    return true;
  }
}
