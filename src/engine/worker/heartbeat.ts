/** A worker says again and again that it is alive, and looks whether its driver is. */
import { nowMs } from "../../runtime/clock.ts";
import { clearInterval, setInterval } from "../../runtime/timers.ts";
import type { Connections } from "../redis/connections.ts";
import { HEARTBEAT_MS, LIVENESS_TIMEOUT_MS, ORPHAN_TTL_MS } from "../engine_protocol.ts";

/** A run whose driver is gone is left after so long; */
const DRIVERLESS_TIMEOUT_MS = 30_000;
/** and where another run waits for workers, after so long. */
const SHORT_DRIVERLESS_TIMEOUT_MS = 5_000;

/** Whose pulse it is. */
export interface HeartbeatOptions {
  readonly connections: Connections;
  /** What all keys of the run begin with. */
  readonly key: string;
  /** The worker's. */
  readonly id: string;
  /** Whether another run waits for workers. */
  readonly isOtherRunWaiting: () => Promise<boolean>;
  /** Called when the worker is no part of the run any more, or the driver is gone. */
  readonly onLost: (error: unknown) => void;
}

/** See the head of this file. */
export class Heartbeat implements Disposable {
  readonly #options: HeartbeatOptions;
  readonly #timer: ReturnType<typeof setInterval>;
  #driverSeenMs = nowMs();
  #isBusy = false;

  constructor(options: HeartbeatOptions) {
    this.#options = options;
    this.#timer = setInterval(() => this.#send(), HEARTBEAT_MS);
  }

  /** Is heard of no more. */
  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  /** One at a time: those that an engine refuses, or does not answer, would add up. */
  async #send(): Promise<void> {
    if (this.#isBusy) return;
    this.#isBusy = true;
    const { connections, key, id, isOtherRunWaiting, onLost } = this.#options;
    try {
      const [status, driver] = await connections.runScript(
        "heartbeat",
        key,
        id,
        LIVENESS_TIMEOUT_MS,
        ORPHAN_TTL_MS,
      );
      const atMs = nowMs();
      if (driver === 1) this.#driverSeenMs = atMs;
      if (status === "finished") throw new Error("the run is over");
      if (status === "removed") throw new Error("it was not heard of for too long");
      const driverlessMs = atMs - this.#driverSeenMs;
      if (
        driverlessMs > DRIVERLESS_TIMEOUT_MS ||
        (driverlessMs > SHORT_DRIVERLESS_TIMEOUT_MS && await isOtherRunWaiting())
      ) {
        throw new Error("its driver is gone");
      }
    } catch (error) {
      onLost(error);
    } finally {
      this.#isBusy = false;
    }
  }
}
