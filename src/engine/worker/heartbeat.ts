/** Publishes a worker's heartbeat, and watches the driver's. */
import { nowMs } from "../../runtime/clock.ts";
import { clearInterval, setInterval } from "../../runtime/timers.ts";
import type { Connections } from "../redis/connections.ts";
import { HEARTBEAT_MS, LIVENESS_TIMEOUT_MS, ORPHAN_TTL_MS } from "../engine_protocol.ts";

/**
 * Time without a driver after which a worker leaves the run, in milliseconds: long enough to
 * restart the driver.
 */
const DRIVERLESS_TIMEOUT_MS = 30_000;
/** The same if another run waits for workers. */
const SHORT_DRIVERLESS_TIMEOUT_MS = 5_000;

/** Options of {@linkcode Heartbeat}. */
export interface HeartbeatOptions {
  readonly connections: Connections;
  /** The prefix of the run's keys. */
  readonly key: string;
  /** The worker's id. */
  readonly id: string;
  /** Whether another run waits for workers. */
  readonly isOtherRunWaiting: () => Promise<boolean>;
  /** Called when the worker was removed from the run, or the driver is gone. */
  readonly onLost: (error: unknown) => void;
}

/** A worker's heartbeat in one run. */
export class Heartbeat implements Disposable {
  readonly #options: HeartbeatOptions;
  readonly #timer: ReturnType<typeof setInterval>;
  #driverSeenMs = nowMs();
  #isBusy = false;

  constructor(options: HeartbeatOptions) {
    this.#options = options;
    this.#timer = setInterval(() => this.#send(), HEARTBEAT_MS);
  }

  /** Stops the heartbeat. */
  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  /** Sends one heartbeat at a time: during an outage, more would queue up. */
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
      if (status === "finished") throw new Error("the run is finished");
      if (status === "removed") throw new Error("the worker's heartbeat expired");
      const driverlessMs = atMs - this.#driverSeenMs;
      if (
        driverlessMs > DRIVERLESS_TIMEOUT_MS ||
        (driverlessMs > SHORT_DRIVERLESS_TIMEOUT_MS && await isOtherRunWaiting())
      ) {
        throw new Error("the driver is gone");
      }
    } catch (error) {
      onLost(error);
    } finally {
      this.#isBusy = false;
    }
  }
}
