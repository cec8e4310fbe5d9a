/**
 * A run's place in the line of its module, where workers look for runs. The line is kept as long as a run is:
 * whoever drives one says again and again that it stands there.
 */
import { wallTime } from "../../runtime/clock.ts";
import type { Connections } from "../redis/connections.ts";
import { ORPHAN_TTL_MS, runsKey } from "../engine_protocol.ts";

/** See the head of this file. */
export class RunListing {
  readonly #connections: Connections;
  readonly #key: string;
  readonly #run: string;
  #isTaken = false;

  /** @param module The file name of the module. */
  constructor(connections: Connections, module: string, run: string) {
    this.#connections = connections;
    this.#key = runsKey(module);
    this.#run = run;
  }

  /** The run stands there from now on. */
  async take(): Promise<void> {
    this.#isTaken = true;
    await this.keep();
  }

  /** It stands there still, if it did. */
  async keep(): Promise<void> {
    if (!this.#isTaken) return;
    const { main } = this.#connections;
    // Sent together: a driver that is killed has said both, or neither.
    const stands = main.zadd(this.#key, "NX", wallTime().getTime(), this.#run);
    await Promise.all([stands, main.pexpire(this.#key, ORPHAN_TTL_MS)]);
  }

  /** It stands there no more. */
  async leave(): Promise<void> {
    this.#isTaken = false;
    await this.#connections.main.zrem(this.#key, this.#run);
  }
}
