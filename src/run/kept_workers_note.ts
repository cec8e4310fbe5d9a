/**
 * Warns that threads kept by `keepWorkers` keep the program alive: a program that forgets to
 * dispose of its scheduler never ends. The note is printed once, some time after a run. A program
 * that uses `await using` gets none, since the scheduler knows that it will be disposed of.
 */
import { clearTimeout, setTimeout } from "../runtime/timers.ts";
import { logger } from "../task/logger.ts";

/** Delay of the note, in ms: a program that starts again or disposes at once gets none. */
const NOTE_MS = 2_000;
const NOTE =
  "Note: threads kept by keepWorkers keep this program alive until the Scheduler is disposed of: " +
  "use `await using`, or call its [Symbol.asyncDispose]()";

/** Prints a note when kept workers keep an idle program alive. */
export class KeptWorkersNote {
  #isNeeded = true;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** Starts the delay after a run. The timer does not keep the program alive. */
  begin(): void {
    if (!this.#isNeeded) return;
    this.#timer = setTimeout(() => {
      this.drop();
      logger.warn(NOTE);
    }, NOTE_MS);
    Deno.unrefTimer(this.#timer);
  }

  /** Stops the delay before the next run. */
  end(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** Disables the note: the scheduler is disposed of, or will be. */
  drop(): void {
    this.#isNeeded = false;
    this.end();
  }
}
