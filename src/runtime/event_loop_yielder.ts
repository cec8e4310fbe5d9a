/**
 * A turn of the event loop now and then, for a loop that reads what others write: Deno hands over what is
 * there at once, and while there is always more, no timer would come up and no signal be seen.
 */
import { nowMs } from "./clock.ts";
import { primordials } from "./primordials.ts";
import { setTimeout } from "./timers.ts";

/** After this long without one. */
const INTERVAL_MS = 10;

/** See the head of this file. */
export class EventLoopYielder {
  #lastMs = nowMs();

  /** Resolves when the event loop has turned, if it has not for a while. */
  async yieldIfDue(): Promise<void> {
    if (nowMs() - this.#lastMs < INTERVAL_MS) return;
    await new primordials.Promise<void>((resolve) => setTimeout(resolve));
    this.#lastMs = nowMs();
  }
}
