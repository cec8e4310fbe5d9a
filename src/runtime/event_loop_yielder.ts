/**
 * Cooperative yielding to the event loop, for loops that read messages. Deno resolves a read at
 * once if data is there; while more keeps arriving, timers and signals would starve.
 */
import { nowMs } from "./clock.ts";
import { primordials } from "./primordials.ts";
import { setTimeout } from "./timers.ts";

/**
 * Maximum time between two turns of the event loop, in milliseconds: short enough for timers and
 * signals, long enough that the cost of a timer does not matter.
 */
const INTERVAL_MS = 10;

/** Yields to the event loop at most once per interval. */
export class EventLoopYielder {
  #lastMs = nowMs();

  /** Waits for a turn of the event loop if the interval has passed. */
  async yieldIfDue(): Promise<void> {
    if (nowMs() - this.#lastMs < INTERVAL_MS) return;
    await new primordials.Promise<void>((resolve) => setTimeout(resolve));
    this.#lastMs = nowMs();
  }
}
