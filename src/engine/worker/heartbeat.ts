/** A worker says again and again that it is alive, and looks whether its driver is. */
import { nowMs } from "../../runtime/clock.ts";
import { clearInterval, setInterval } from "../../runtime/timers.ts";
import type { Connections } from "../redis/connections.ts";
import { HEARTBEAT_MS, LIVENESS_TIMEOUT_MS, ORPHAN_TTL_MS } from "../engine_protocol.ts";

/** A run whose driver is gone is left after so long; */
const DRIVERLESS_MS = 30_000;
/** and where another run waits for workers, after so long. */
const WANTED_MS = 5_000;

/** Whose pulse it is. */
export interface HeartbeatOptions {
  readonly connections: Connections;
  /** What all keys of the run begin with. */
  readonly key: string;
  /** The worker's. */
  readonly id: string;
  /** Whether another run waits for workers. */
  readonly isWanted: () => Promise<boolean>;
  /** Called when the worker is no part of the run any more, or the driver is gone. */
  readonly onLost: (error: unknown) => void;
}

/** See the head of this file. */
export class Heartbeat implements Disposable {
  readonly #parts: HeartbeatOptions;
  readonly #timer: ReturnType<typeof setInterval>;
  #driverSeenMs = nowMs();
  #isBusy = false;

  constructor(parts: HeartbeatOptions) {
    this.#parts = parts;
    this.#timer = setInterval(() => this.#beat(), HEARTBEAT_MS);
  }

  /** Is heard of no more. */
  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  /** One at a time: those that an engine refuses, or does not answer, would add up. */
  async #beat(): Promise<void> {
    if (this.#isBusy) return;
    this.#isBusy = true;
    const { connections, key, id, isWanted, onLost } = this.#parts;
    try {
      const [word, driver] = await connections.script(
        "heartbeat",
        key,
        id,
        LIVENESS_TIMEOUT_MS,
        ORPHAN_TTL_MS,
      );
      const atMs = nowMs();
      if (driver === 1) this.#driverSeenMs = atMs;
      if (word === "finished") throw new Error("the run is over");
      if (word === "removed") throw new Error("it was not heard of for too long");
      const aloneMs = atMs - this.#driverSeenMs;
      if (aloneMs > DRIVERLESS_MS || (aloneMs > WANTED_MS && await isWanted())) {
        throw new Error("its driver is gone");
      }
    } catch (error) {
      onLost(error);
    } finally {
      this.#isBusy = false;
    }
  }
}
