/**
 * The plan's log: what happened in a run, in the order in which it happened. Transitions append to it
 * under the plan's lock, so there is one order of all of them and the order is the truth; the main
 * thread reads behind, without the lock, up to the count that was last published.
 *
 * A record is six words: kind and lane · task · a · b · time (a 64-bit float over two words). A task
 * has a bounded number of records, so the log never wraps and never makes a worker wait.
 */
import { load } from "../sync/atomics.ts";
import { RECORD_WORDS, Word } from "./plan_layout.ts";

/** What a record says. */
export const RecordKind = {
  /** Every dependency is settled; only a thread is missing. */
  QUEUED: 1,
  /** The task's lane has taken it. `a`: which attempt this is, from 1. */
  STARTED: 2,
  /** `a`: how many messages its thread had posted by then. */
  PASSED: 3,
  /** `a`: as for PASSED. */
  FAILED: 4,
  /** `a`: the dependency it was skipped for. `b`: the task that failed, maybe further back, or NO_TASK. */
  SKIPPED: 5,
  /** It was never started; or, with a lane, it ended because the run was cancelled. `a`: as for PASSED. */
  CANCELLED: 6,
  /** Nothing more will be started. `a`: a {@linkcode CancelCause}. */
  RUN_CANCELLED: 7,
  /** An attempt has failed and another follows. `a`: as for PASSED. `b`: the attempt, from 1. */
  RETRIED: 8,
} as const;

/** Who cancelled a run. */
export const CancelCause = {
  /** The main thread; it knows why. */
  ASKED: 0,
  /** As many tasks have failed as may. */
  FAILURES: 1,
} as const;

/** Gets the records of a log, one call each. */
export interface RecordReader {
  (kind: number, lane: number, task: number, a: number, b: number, timeMs: number): boolean;
}

/** No lane: nobody ran it. */
export const NO_LANE = 0xff_ffff;
/** No task. */
export const NO_TASK = -1;

/** See the head of this file. */
export class TransitionLog {
  readonly #words: Int32Array;
  readonly #times: Float64Array;
  readonly #at: number;
  /** The records appended; right only in the thread that holds the plan's lock. */
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

  /** Appends a record; it is seen when LOGGED is stored. Only under the plan's lock. */
  append(kind: number, lane: number, task: number, a: number, b: number, timeMs: number): void {
    const at = this.#at + this.#appended++ * RECORD_WORDS;
    const words = this.#words;
    words[at] = kind | (lane << 8);
    words[at + 1] = task;
    words[at + 2] = a;
    words[at + 3] = b;
    this.#times[(at + 4) >> 1] = timeMs;
  }

  /** How many records there are after the section's appends: what to store into LOGGED. */
  get appended(): number {
    return this.#appended;
  }

  /** How many records there are, of all threads. */
  get published(): number {
    return load(this.#words, Word.LOGGED);
  }

  /** How many records {@linkcode drain} has read. */
  get read(): number {
    return this.#read;
  }

  /** Whether there is something {@linkcode drain} has not read. */
  get hasUnread(): boolean {
    return this.published !== this.#read;
  }

  /**
   * Reads on. The reader returns false to stop before a record: it will be given again. What it does with
   * one may have more of the log read, here, before it returns.
   *
   * @returns Whether all that was published has been read.
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
