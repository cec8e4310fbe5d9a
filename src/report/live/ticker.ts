/** A clock and a timer, as what draws is allowed to see them. Tests give others. */
import { nowMs } from "../../runtime/clock.ts";
import { clearTimeout, setTimeout } from "../../runtime/timers.ts";

/** See the head of this file. */
export interface Ticker {
  /** Milliseconds since some moment, never less than before. */
  nowMs(): number;
  /**
   * Calls back once, later.
   *
   * @returns Takes that back.
   */
  after(delayMs: number, callback: () => void): () => void;
}

/** The time that passes. Its timers do not keep the process alive: drawing is no reason to stay. */
export const realTicker: Ticker = {
  nowMs,
  after(delayMs, callback) {
    const timer = setTimeout(callback, delayMs);
    Deno.unrefTimer(timer);
    return () => clearTimeout(timer);
  },
};
