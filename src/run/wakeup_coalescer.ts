/**
 * Coalesces wakeups of the main thread: with tasks of microseconds, one wakeup per record would
 * cost workers as much as the tasks.
 */
import type { Wakeups } from "../plan/wakeups.ts";
import { EventLoop } from "../thread/event_loop.ts";

/** Number of records in one drain above which many tasks are ending. */
const MANY_RECORDS = 32;
/**
 * Interval between two drains, in ms, below which many tasks are ending; for a thread that may
 * block.
 */
const BUSY_INTERVAL_MS = 0.3;

/** Pauses the main thread while workers log many records. */
export class WakeupCoalescer implements Disposable {
  readonly #wakeups: Wakeups;
  readonly #mayBlock: boolean;
  readonly #nowMs: () => number;
  #eventLoop: EventLoop | undefined;
  #lastDrainMs = -Infinity;

  /**
   * @param mayBlock Whether threads continue while this one blocks. A blocked pause is short, so
   * that events are delivered while threads run, and not in one batch at the end.
   * @param nowMs Milliseconds since any moment.
   */
  constructor(wakeups: Wakeups, mayBlock: boolean, nowMs: () => number) {
    this.#wakeups = wakeups;
    this.#nowMs = nowMs;
    this.#mayBlock = mayBlock;
  }

  /**
   * Whether a pause is due, since many records are logged: a wakeup for every few records would
   * take workers as long as tasks of microseconds do.
   *
   * @param records Number of records of a drain. Called once after each.
   */
  shouldPause(records: number): boolean {
    const previousMs = this.#lastDrainMs;
    this.#lastDrainMs = this.#nowMs();
    if (records > MANY_RECORDS) return true;
    return this.#mayBlock && records > 0 && this.#lastDrainMs - previousMs < BUSY_INTERVAL_MS;
  }

  /** Pauses, then lets the event loop turn. */
  async pause(): Promise<void> {
    if (!this.#mayBlock) return await this.#wakeups.pauseMain();
    this.#wakeups.pauseMainBlocked();
    await (this.#eventLoop ??= new EventLoop()).turn();
  }

  [Symbol.dispose](): void {
    this.#eventLoop?.[Symbol.dispose]();
  }
}
