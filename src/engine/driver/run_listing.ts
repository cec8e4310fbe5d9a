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
  #isPublished = false;

  /** @param module The file name of the module. */
  constructor(connections: Connections, module: string, run: string) {
    this.#connections = connections;
    this.#key = runsKey(module);
    this.#run = run;
  }

  /** The run stands there from now on. */
  async publish(): Promise<void> {
    this.#isPublished = true;
    await this.renew();
  }

  /** It stands there still, if it did. */
  async renew(): Promise<void> {
    if (!this.#isPublished) return;
    const { main } = this.#connections;
    // Sent together: a driver that is killed has said both, or neither.
    const added = main.zadd(this.#key, "NX", wallTime().getTime(), this.#run);
    await Promise.all([added, main.pexpire(this.#key, ORPHAN_TTL_MS)]);
  }

  /** It stands there no more. */
  async withdraw(): Promise<void> {
    this.#isPublished = false;
    await this.#connections.main.zrem(this.#key, this.#run);
  }
}
