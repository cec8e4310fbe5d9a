/**
 * Awaiting threads and processes hear of a run at once, unless what a task has left behind keeps them busy: for
 * ever, maybe.
 */
import { callAfterTimeout } from "../runtime/timers.ts";

/** What is workers. */
interface Awaiting {
  /** Whether it has not heard of the run that it was given. */
  readonly isAwaitingAck: boolean;
}

/** Waits until they have had the time to hear of it. */
export class RunAckTimeout {
  #cancel: (() => void) | undefined;

  /**
   * A run was given to threads, if there were any before.
   *
   * @param limitMs How long they have.
   * @param pauseEvents Is told of each that has not heard of it by then.
   */
  begin<T extends Awaiting>(
    workers: readonly (T | undefined)[],
    limitMs: number,
    onTimeout: (worker: T) => void,
  ): void {
    if (!workers.some(Boolean)) return;
    this.#cancel = callAfterTimeout(() => {
      for (const worker of workers) if (worker?.isAwaitingAck) onTimeout(worker);
    }, limitMs);
  }

  /** The run is over. */
  end(): void {
    this.#cancel?.();
  }
}
