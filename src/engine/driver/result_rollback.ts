/**
 * Takes the results of tasks out of the state that were lost after they had written them and before they had
 * said so: a task that did not pass has no result. The driver may not write as others do; it appends to the
 * state's log, as workers do.
 *
 * Race prevented: a task that comes after it and begins before the result is gone. Nothing begins until
 * {@linkcode ResultRollback.done}.
 */
import { encodeResultRemoval } from "../../state/replica/encode_result_removal.ts";
import type { Replica } from "../../state/replica/replica.ts";
import type { Follower } from "../follower.ts";
import { StateLog } from "../state_log.ts";
import type { DriverSession } from "./driver_session.ts";

/** See the head of this file. */
export class ResultRollback {
  readonly #session: DriverSession;
  readonly #follower: Follower;
  readonly #replica: Replica;
  readonly #log: StateLog;
  readonly #sender = `driver.${crypto.randomUUID()}`;
  #count = 0;
  #done: Promise<void> = Promise.resolve();

  constructor(session: DriverSession, follower: Follower, replica: Replica) {
    this.#session = session;
    this.#follower = follower;
    this.#replica = replica;
    this.#log = new StateLog(session.connections, session.key, follower, replica);
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
      await this.#follower.reach((await this.#session.logEnd()).position);
      const { position } = this.#follower;
      const removal = encodeResultRemoval(this.#replica, name);
      // Asked when the result was there: if the next attempt begins only now, the log goes on before it has one.
      if (removal === undefined || await this.#session.hasStartedOrEnded(next)) return;
      const author = {
        sender: this.#sender,
        count: ++this.#count,
        task: "",
        token: "",
        fencingToken: 0,
      };
      isDone = await this.#log.append(
        author,
        { growth: 0, shrinks: true, place: position },
        removal,
      );
    }
  }
}
