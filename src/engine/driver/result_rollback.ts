/**
 * Removes results from the state whose attempt was lost after writing them and before settling: a
 * task that did not pass has no result. The driver must not write to the state directly; it appends
 * to the op log, as workers do.
 *
 * Race prevented: a dependent that starts before the result is gone. No attempt is enqueued until
 * {@linkcode ResultRollback.done}.
 */
import { encodeResultRemoval } from "../../state/replica/value_encoder.ts";
import type { Replica } from "../../state/replica/replica.ts";
import type { Follower } from "../follower.ts";
import { driverAuthors, StateLog } from "../state_log.ts";
import type { DriverSession } from "./driver_session.ts";

/** Removes the results of lost attempts from the state. */
export class ResultRollback {
  readonly #session: DriverSession;
  readonly #follower: Follower;
  readonly #replica: Replica;
  readonly #log: StateLog;
  readonly #nextAuthor = driverAuthors("driver");
  #done: Promise<void> = Promise.resolve();

  constructor(session: DriverSession, follower: Follower, replica: Replica) {
    this.#session = session;
    this.#follower = follower;
    this.#replica = replica;
    this.#log = new StateLog(session.connections, session.key, follower, replica);
  }

  /** Resolves when all requested removals are done. */
  get done(): Promise<void> {
    return this.#done;
  }

  /**
   * Removes the result of a task, if there is one. Writes of the lost attempt are fenced already.
   *
   * @param next The attempt after the lost one. If it was due under a previous driver, that driver
   * has removed the result, and a result that exists now may be a later attempt's.
   */
  drop(name: string, next: string): Promise<void> {
    return this.#done = this.#done.then(() => this.#drop(name, next));
  }

  async #drop(name: string, next: string): Promise<void> {
    for (let isDone = false; !isDone;) {
      await this.#follower.reach((await this.#session.logEnd()).position);
      const { position } = this.#follower;
      const removal = encodeResultRemoval(this.#replica, name);
      // Checked after the result was seen: if the next attempt starts only now, the append
      // conflicts with its writes.
      if (removal === undefined || await this.#session.hasStartedOrEnded(next)) return;
      const request = { growth: 0, shrinks: true, place: position };
      isDone = await this.#log.append(this.#nextAuthor(), request, removal);
    }
  }
}
