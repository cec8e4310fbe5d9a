/**
 * A timeout for the acknowledgment of a run. Kept threads and processes acknowledge a run at once,
 * unless leaked code of a task keeps them busy, possibly forever.
 */
import { callAfterTimeout } from "../runtime/timers.ts";

/** A kept thread or process. */
interface Awaiting {
  /** Whether the run that it was given is not acknowledged yet. */
  readonly isAwaitingAck: boolean;
}

/** Times out threads and processes that do not acknowledge a run. */
export class RunAckTimeout {
  #cancel: (() => void) | undefined;

  /**
   * Starts the timeout, if threads were kept from an earlier run.
   *
   * @param workers The kept threads or processes, by lane.
   * @param limitMs Time limit for the acknowledgment.
   * @param onTimeout Called for each that has not acknowledged the run by then.
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

  /** Cancels the timeout: the run is finished. */
  end(): void {
    this.#cancel?.();
  }
}
