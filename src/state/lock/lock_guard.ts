/** Guards of the user's lock: disposing a guard releases the lock. */
import type { StateLockGuard } from "../../task/context.ts";
import type { AsyncFlow, Flows } from "./async_flow.ts";

/** A flow that holds the lock, or has held it. */
export interface Hold extends AsyncFlow {
  readonly isSync: boolean;
  abandonedBy: string | undefined;
}

/** The guard of a lock acquired synchronously. */
export class LockGuard implements StateLockGuard {
  readonly #hold: Hold;
  readonly #release: (hold: Hold) => void;

  constructor(hold: Hold, release: (hold: Hold) => void) {
    this.#hold = hold;
    this.#release = release;
  }

  get abandonedBy(): string | undefined {
    return this.#hold.abandonedBy;
  }

  [Symbol.dispose](): void {
    this.#release(this.#hold);
  }
}

/** The guard of a lock acquired by `acquireAsync`. */
export class AsyncLockGuard implements StateLockGuard {
  readonly #hold: Hold;
  readonly #release: (hold: Hold) => void;
  #flows: Flows | undefined;

  constructor(hold: Hold, release: (hold: Hold) => void, flows: Flows) {
    this.#hold = hold;
    this.#release = release;
    this.#flows = flows;
  }

  get abandonedBy(): string | undefined {
    return this.#hold.abandonedBy;
  }

  /**
   * `using` reads this right after `await`, in the flow that acquired the lock: see flow_lock.ts.
   */
  get [Symbol.dispose](): () => void {
    this.#flows?.enter(this.#hold);
    this.#flows = undefined;
    return () => this.#release(this.#hold);
  }
}
