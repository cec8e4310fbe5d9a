/**
 * Takes the results of tasks out of the state that were lost after they had written them and before they had
 * said so: a task that did not pass has no result. The driver may not write as others do; it appends to the
 * state's log, as workers do.
 *
 * Race prevented: a task that comes after it and begins before the result is gone. Nothing begins until
 * {@linkcode ResultRollback.done}.
 */
import { encodeResultRemoval } from "../../state/replica/value_encoder.ts";
import type { Replica } from "../../state/replica/replica.ts";
import type { Follower } from "../follower.ts";
import { StateLog } from "../state_log.ts";
import type { DriverSession } from "./driver_session.ts";

/** See the head of this file. */
export class ResultRollback {
  readonly #link: DriverSession;
  readonly #follower: Follower;
  readonly #replica: Replica;
  readonly #log: StateLog;
  readonly #sender = `driver.${crypto.randomUUID()}`;
  #count = 0;
  #done: Promise<void> = Promise.resolve();

  constructor(link: DriverSession, follower: Follower, replica: Replica) {
    this.#link = link;
    this.#follower = follower;
    this.#replica = replica;
    this.#log = new StateLog(link.connections, link.key, follower, replica);
  }

  /** Resolves when all are gone that were dropped. */
  get done(): Promise<void> {
    return this.#done;
  }

  /**
   * Drops the result of a task, if there is one. What is written for it from now on is refused already.
   *
   * @param next The attempt after the one that was lost. Where that was due, with a driver before this one, the
   * result was dropped, and what there is now may be a later attempt's.
   */
  drop(name: string, next: string): Promise<void> {
    return this.#done = this.#done.then(() => this.#drop(name, next));
  }

  async #drop(name: string, next: string): Promise<void> {
    for (let isDone = false; !isDone;) {
      await this.#follower.reach((await this.#link.end()).place);
      const { place } = this.#follower;
      const removal = encodeResultRemoval(this.#replica, name);
      // Asked when the result was there: if the next attempt begins only now, the log goes on before it has one.
      if (removal === undefined || await this.#link.wasDue(next)) return;
      const author = { sender: this.#sender, count: ++this.#count, task: "", token: "", term: 0 };
      isDone = await this.#log.append(author, { growth: 0, shrinks: true, place }, removal);
    }
  }
}
