/**
 * Whether another thread is worth its start: it has to load the run's code, and by then the threads
 * that run may have done all the work. Ten thousand tasks of microseconds take less time than a
 * thread takes to start; and its start would take a processor, and the main thread, from the run.
 */

/** Time that a thread takes to start and to load this library, in milliseconds. */
const START_MS = 30;
/** Minimum time between two looks at the progress, in milliseconds: enough tasks end in it. */
const LOOK_MIN_MS = 2;
/** V8 interprets new code: a run's first tasks take at least twice as long as later ones. */
const WARM_UP = 2;

/** Predicts when a run will be done from its progress since the last look. */
export class ThreadPayoff {
  #threadMs = START_MS;
  #lookMs: number | undefined;
  #lookRemaining = 0;
  #isLikely = true;
  #warmUp = WARM_UP;

  /** Forgets the progress of the last run, but not how long a thread takes to load. */
  begin(): void {
    this.#lookMs = undefined;
    this.#isLikely = true;
    this.#warmUp = WARM_UP;
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
    if (this.#lookMs === undefined) return true;
    const ms = nowMs - this.#lookMs;
    if (ms < LOOK_MIN_MS) return this.#isLikely;
    const done = this.#lookRemaining - remaining;
    // Two threads halve only the time after the second one's start.
    this.#isLikely = done === 0 || ms * remaining / done > 2 * this.#threadMs * this.#warmUp;
    this.#lookMs = nowMs;
    this.#lookRemaining = remaining;
    this.#warmUp = 1;
    return this.#isLikely;
  }
}
