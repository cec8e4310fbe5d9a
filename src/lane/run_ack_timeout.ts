/**
 * Kept threads and processes hear of a run at once, unless what a task has left behind keeps them busy: for
 * ever, maybe.
 */
import { callAfterTimeout } from "../runtime/timers.ts";

/** What is kept. */
interface Kept {
  /** Whether it has not heard of the run that it was given. */
  readonly isAwaitingAck: boolean;
}

/** Waits until they have had the time to hear of it. */
export class RunAckTimeout {
  #forget: (() => void) | undefined;

  /**
   * A run was given to threads, if there were any before.
   *
   * @param limitMs How long they have.
   * @param pauseEvents Is told of each that has not heard of it by then.
   */
  begin<T extends Kept>(
    kept: readonly (T | undefined)[],
    limitMs: number,
    giveUp: (thread: T) => void,
  ): void {
    if (!kept.some(Boolean)) return;
    this.#forget = callAfterTimeout(() => {
      for (const thread of kept) if (thread?.isAwaitingAck) giveUp(thread);
    }, limitMs);
  }

  /** The run is over. */
  end(): void {
    this.#forget?.();
  }
}
