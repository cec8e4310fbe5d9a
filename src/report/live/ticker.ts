/** The clock and timers of the live output; tests supply their own. */
import { nowMs } from "../../runtime/clock.ts";
import { callLaterIfAlive, clearTimeout, setTimeout } from "../../runtime/timers.ts";

/** A clock with timers. */
export interface Ticker {
  /** The current time in milliseconds; monotonic. */
  nowMs(): number;
  /**
   * Calls a function once, after a delay.
   *
   * @returns Cancels the call.
   */
  after(delayMs: number, callback: () => void): () => void;
}

/** The runtime's clock. Its timers do not keep the process alive. */
export const realTicker: Ticker = {
  nowMs,
  after(delayMs, callback) {
    const timer = setTimeout(callback, delayMs);
    Deno.unrefTimer(timer);
    return () => clearTimeout(timer);
  },
};

/** The same for few calls: it avoids the 8 ms that a thread's first timer takes. */
export const rareTicker: Ticker = {
  nowMs,
  after: (delayMs, callback) => callLaterIfAlive(callback, delayMs),
};
