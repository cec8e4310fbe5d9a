/**
 * Threads that `keepWorkers` keeps hold the program alive, and a program that has forgotten to dispose of its
 * scheduler never ends. After a while between two runs a note reports that, once. A program that uses
 * `await using` gets none: the scheduler knows that it will be disposed of.
 */
import { clearTimeout, setTimeout } from "../runtime/timers.ts";
import { logger } from "../task/logger.ts";

/** Long enough that a program which starts again, or disposes, at once gets no note. */
const NOTE_MS = 2_000;
const NOTE =
  "Note: the threads that keepWorkers keeps hold this program alive until the Scheduler is disposed of: " +
  "use `await using`, or call its [Symbol.asyncDispose]()";

/** See the head of this file. */
export class KeptWorkersNote {
  #isNeeded = true;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** Threads are kept for another run. The note itself keeps no program alive. */
  begin(): void {
    if (!this.#isNeeded) return;
    this.#timer = setTimeout(() => {
      this.drop();
      logger.warn(NOTE);
    }, NOTE_MS);
    Deno.unrefTimer(this.#timer);
  }

  /** The next run begins. */
  end(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** The scheduler is disposed of, or will be. */
  drop(): void {
    this.#isNeeded = false;
    this.end();
  }
}
