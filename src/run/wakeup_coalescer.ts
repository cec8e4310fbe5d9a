/** The main thread's rests while threads are busy: it need not be woken for each task of microseconds. */
import type { Wakeups } from "../plan/wakeups.ts";
import { EventLoop } from "../thread/event_loop.ts";

/** With more records than this at one look, there is much going on. */
const MANY_RECORDS = 32;
/** So is there, for who may block, if there is something so soon after the look before. */
const BUSY_INTERVAL_MS = 0.3;

/** See the head of this file. */
export class WakeupCoalescer implements Disposable {
  readonly #wakeups: Wakeups;
  readonly #mayBlock: boolean;
  readonly #nowMs: () => number;
  #eventLoop: EventLoop | undefined;
  #lastDrainMs = -Infinity;

  /**
   * @param mayBlock Whether threads go on while this one blocks. A blocked rest is short: what has added up
   * is told while they do, and not when they are through.
   * @param nowMs Milliseconds since any moment.
   */
  constructor(wakeups: Wakeups, mayBlock: boolean, nowMs: () => number) {
    this.#wakeups = wakeups;
    this.#nowMs = nowMs;
    this.#mayBlock = mayBlock;
  }

  /**
   * Whether one is due, since much is going on: to wake this thread for every few records takes the
   * threads as long as tasks of microseconds do.
   *
   * @param records How many were found at a look. Asked once after each.
   */
  shouldPause(records: number): boolean {
    const previousMs = this.#lastDrainMs;
    this.#lastDrainMs = this.#nowMs();
    if (records > MANY_RECORDS) return true;
    return this.#mayBlock && records > 0 && this.#lastDrainMs - previousMs < BUSY_INTERVAL_MS;
  }

  /** Takes one, after which the event loop has turned. */
  async pause(): Promise<void> {
    if (!this.#mayBlock) return await this.#wakeups.pauseMain();
    this.#wakeups.pauseMainBlocked();
    await (this.#eventLoop ??= new EventLoop()).turn();
  }

  [Symbol.dispose](): void {
    this.#eventLoop?.[Symbol.dispose]();
  }
}
