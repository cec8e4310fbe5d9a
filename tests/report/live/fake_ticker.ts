/** A fake clock for tests of the live reporter. */
import type { Ticker } from "../../../src/report/live/ticker.ts";

/** A clock that advances only in `pass` and `block`. */
export class FakeTicker implements Ticker {
  #nowMs = 1000;
  #timers: { readonly dueMs: number; readonly callback: () => void }[] = [];

  nowMs(): number {
    return this.#nowMs;
  }

  after(delayMs: number, callback: () => void): () => void {
    const timer = { dueMs: this.#nowMs + delayMs, callback };
    this.#timers.push(timer);
    return () => this.#timers = this.#timers.filter((it) => it !== timer);
  }

  /** The number of pending timers. */
  get waiting(): number {
    return this.#timers.length;
  }

  /** Time passes; timers ring when they are due. */
  pass(ms: number): void {
    const endMs = this.#nowMs + ms;
    for (;;) {
      const [next] = this.#timers.sort((a, b) => a.dueMs - b.dueMs);
      if (!next || next.dueMs > endMs) break;
      this.#timers.shift();
      this.#nowMs = next.dueMs;
      next.callback();
    }
    this.#nowMs = endMs;
  }

  /** Time passes without timers, as while another callback blocks the thread. */
  block(ms: number): void {
    this.#nowMs += ms;
  }
}
