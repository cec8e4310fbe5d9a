/** A worker says again and again that it is alive, and looks whether its driver is. */
import type { Connections } from "../connect.ts";
import { BEAT_MS, GONE_MS, KEPT_MS } from "../protocol.ts";

/** A run whose driver is gone is left after so long. */
const DRIVERLESS_MS = 30_000;

/** See the head of this file. */
export class Pulse implements Disposable {
  readonly #connections: Connections;
  readonly #key: string;
  readonly #id: string;
  readonly #onLost: (error: unknown) => void;
  readonly #timer: ReturnType<typeof setInterval>;
  #driverSeenMs = performance.now();

  /**
   * @param id The worker's.
   * @param onLost Called when the worker is no part of the run any more, or the driver is gone.
   */
  constructor(
    connections: Connections,
    key: string,
    id: string,
    onLost: (error: unknown) => void,
  ) {
    this.#connections = connections;
    this.#key = key;
    this.#id = id;
    this.#onLost = onLost;
    this.#timer = setInterval(() => this.#beat(), BEAT_MS);
  }

  /** Is heard of no more. */
  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  async #beat(): Promise<void> {
    try {
      const args = [this.#id, GONE_MS, KEPT_MS] as const;
      const [word, driver] = await this.#connections.script("beat", this.#key, ...args);
      const nowMs = performance.now();
      if (driver === 1) this.#driverSeenMs = nowMs;
      if (word === "gone") throw new Error("it was not heard of for too long");
      if (nowMs - this.#driverSeenMs > DRIVERLESS_MS) throw new Error("its driver is gone");
    } catch (error) {
      this.#onLost(error);
    }
  }
}
