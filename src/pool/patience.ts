/**
 * How long ready tasks wait for the threads there are before others are started for them. To start a thread
 * takes some 10 ms of the main thread, and slows whatever runs beside it: tasks of microseconds are done
 * before it is of use, and without it sooner.
 */
import { callLater } from "../base/timers.ts";
import type { WorkerHandle } from "./worker_handle.ts";

/** Where a thread works already. */
const WORKING_MS = 3;
/** Where one was started early, and has little more to load than the user's module. */
const EARLY_MS = 20;

/** See the head of this file. */
export class Patience {
  #forget: (() => void) | undefined;

  /**
   * Calls when it is at an end: at once where no thread is near.
   *
   * @param workers The threads there are.
   */
  wait(workers: readonly (WorkerHandle | undefined)[], call: () => void): void {
    const ms = limitMs(workers);
    if (ms === 0) return call();
    this.#forget ??= callLater(() => {
      this.#forget = undefined;
      call();
    }, ms);
  }

  /** It begins anew with the next {@linkcode wait}. */
  forget(): void {
    this.#forget?.();
    this.#forget = undefined;
  }
}

function limitMs(workers: readonly (WorkerHandle | undefined)[]): number {
  if (workers.some((it) => it?.isReady)) return WORKING_MS;
  return workers.some((it) => it?.isEarly) ? EARLY_MS : 0;
}
