/**
 * The entry of a run in the sorted set of its module's runs, where workers look for runs. The
 * driver renews the entry, and the TTL of the set, with each heartbeat.
 */
import { wallTime } from "../../runtime/clock.ts";
import type { Connections } from "../redis/connections.ts";
import { ORPHAN_TTL_MS, runsKey } from "../engine_protocol.ts";

/** The entry of a run among the runs of its module. */
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

  /** Lists the run. */
  async publish(): Promise<void> {
    this.#isPublished = true;
    await this.renew();
  }

  /** Renews the entry, if the run is listed. */
  async renew(): Promise<void> {
    if (!this.#isPublished) return;
    const { main } = this.#connections;
    // Pipelined: a driver that is killed has sent both commands or neither.
    const added = main.zadd(this.#key, "NX", wallTime().getTime(), this.#run);
    await Promise.all([added, main.pexpire(this.#key, ORPHAN_TTL_MS)]);
  }

  /** Delists the run. */
  async withdraw(): Promise<void> {
    this.#isPublished = false;
    await this.#connections.main.zrem(this.#key, this.#run);
  }
}
