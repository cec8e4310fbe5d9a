/**
 * Timers that tasks leave behind. Those that would fire at once are waited for when a run comes to its
 * end: what they throw is an error of that run. Later ones go with the thread, where it is not kept.
 *
 * Where no task has looked at the timer functions there are none, and nothing is waited for.
 */
import { primordials } from "../runtime/primordials.ts";
import { setTimeout } from "../runtime/timers.ts";

const NAMES = ["setTimeout", "setInterval"] as const;

/** See the head of this file. */
export class PendingTimers implements Disposable {
  #isUsed = false;
  readonly #originals = NAMES.map((name) => Object.getOwnPropertyDescriptor(globalThis, name)!);

  /** From now on somebody may look at them. */
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

  /** Resolves when timers of no time that were set by now have fired. They fire in the order of their times. */
  async fired(): Promise<void> {
    if (this.#isUsed) await new primordials.Promise<void>((resolve) => setTimeout(resolve, 1));
  }

  /** Nobody asks any more. */
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
