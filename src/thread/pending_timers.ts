/**
 * Timers that tasks leak. At the end of a run, those that are due at once are waited for: their
 * errors belong to that run. Later timers end with the thread, if it is not kept.
 *
 * If no task has accessed the timer functions there are no timers, and nothing is waited for.
 */
import { primordials } from "../runtime/primordials.ts";
import { setTimeout } from "../runtime/timers.ts";

const NAMES = ["setTimeout", "setInterval"] as const;

/** Waits for leaked timers that are due, if tasks have used timers at all. */
export class PendingTimers implements Disposable {
  #isUsed = false;
  readonly #originals = NAMES.map((name) => Object.getOwnPropertyDescriptor(globalThis, name)!);

  /** Starts to observe the timer functions. */
  constructor() {
    for (const name of NAMES) {
      Object.defineProperty(globalThis, name, {
        configurable: true,
        enumerable: true,
        get: () => {
          this.#markUsed();
          return globalThis[name];
        },
        set: (other) => {
          this.#markUsed();
          globalThis[name] = other;
        },
      });
    }
  }

  /**
   * Resolves when timers with no delay that exist now have fired. Timers fire in the order of their
   * times.
   */
  async fired(): Promise<void> {
    if (this.#isUsed) await new primordials.Promise<void>((resolve) => setTimeout(resolve, 1));
  }

  /** Restores the timer functions. */
  [Symbol.dispose](): void {
    if (!this.#isUsed) this.#restore();
  }

  #markUsed(): void {
    this.#isUsed = true;
    this.#restore();
  }

  #restore(): void {
    for (const [i, name] of NAMES.entries()) {
      Object.defineProperty(globalThis, name, this.#originals[i]!);
    }
  }
}
