/** What whoever gets the user's lock is given, to give it back. */
import type { StateLockGuard } from "../../task/context.ts";
import type { AsyncFlow, Flows } from "./async_flow.ts";

/** A flow that holds the lock, or did. */
export interface Hold extends AsyncFlow {
  readonly isSync: boolean;
  abandonedBy: string | undefined;
}

/** Of a hold that was got at once. */
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

/** Of one that was waited for. */
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

  /** `using` reads this right after `await`, in the flow that got the lock: see the head of flow_lock.ts. */
  get [Symbol.dispose](): () => void {
    this.#flows?.enter(this.#hold);
    this.#flows = undefined;
    return () => this.#release(this.#hold);
  }
}
