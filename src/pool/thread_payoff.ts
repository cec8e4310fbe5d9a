/**
 * Whether another thread is worth its start: it has to load the run's code, and by then the threads
 * that run may have done all the work. Ten thousand tasks of microseconds take less time than a
 * thread takes to start; and its start would take a processor, and the main thread, from the run.
 */

/** Time that a thread takes to start and to load this library, in milliseconds. */
const START_MS = 30;
/** Minimum time between two looks at the progress, in milliseconds: enough tasks end in it. */
const LOOK_MIN_MS = 2;
/**
 * Number of looks at ended tasks before one counts: V8 interprets new code, so the first hundreds
 * of short tasks take several times as long as the others.
 */
const COLD_LOOKS = 2;
/** A thread is worth its start if it takes off from the run as much time as it takes to start. */
const PAYOFF_MIN = 3;

/** Predicts when a run will be done from its progress since the last look. */
export class ThreadPayoff {
  #threadMs = START_MS;
  #lookMs: number | undefined;
  #lookRemaining = 0;
  #isLikely = true;
  /** Number of looks that do not count yet. */
  #coldLooks = COLD_LOOKS;

  /**
   * Forgets the progress of the last run, but not how long a thread takes to load.
   *
   * @param remaining Number of tasks without an outcome.
   */
  begin(remaining: number): void {
    this.#lookMs = undefined;
    this.#lookRemaining = remaining;
    this.#isLikely = true;
    this.#coldLooks = COLD_LOOKS;
  }

  /**
   * A thread begins to take tasks.
   *
   * @param remaining Number of tasks without an outcome.
   * @param loadMs Time that it took to load the run's code; undefined if it had loaded it before.
   */
  threadReady(remaining: number, nowMs: number, loadMs?: number): void {
    if (loadMs !== undefined) this.#threadMs = START_MS + loadMs;
    if (this.#lookMs !== undefined) return;
    this.#lookMs = nowMs;
    this.#lookRemaining = remaining;
  }

  /**
   * Whether another thread would take tasks long enough to make up for its start. True as long as
   * nothing is known, and while no task ends.
   *
   * @param remaining Number of tasks without an outcome.
   */
  isLikely(remaining: number, nowMs: number): boolean {
    const done = this.#lookRemaining - remaining;
    if (this.#lookMs === undefined) {
      if (done === 0) return true;
      // The first thread is at work: the message that it is ready will be handled later.
      this.#isLikely = false;
      this.#lookMs = nowMs;
      this.#lookRemaining = remaining;
      return false;
    }
    const ms = nowMs - this.#lookMs;
    if (ms < LOOK_MIN_MS) return this.#isLikely;
    const leftMs = ms * remaining / done;
    // Two threads halve the time after the second one's start.
    this.#isLikely = done === 0 || (this.#coldLooks === 0 && leftMs > PAYOFF_MIN * this.#threadMs);
    this.#lookMs = nowMs;
    this.#lookRemaining = remaining;
    if (done > 0 && this.#coldLooks > 0) this.#coldLooks--;
    return this.#isLikely;
  }
}
