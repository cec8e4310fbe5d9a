/**
 * Says to the driver what there is to say, in its order: whatever comes up while something is under way goes
 * together next time. What was sent and not answered is sent again, and taken once.
 */
import type { Connections } from "../redis/connections.ts";
import type { WorkerEvent } from "../engine_protocol.ts";

/** So many go together at most, */
const TOGETHER_MAX = 500;
/** and no more where they have so many characters: a server may have no room for more at once. */
const TEXT_MAX = 1024 * 1024;

/** What a message is part of. */
export interface OutboxAttempt {
  /** The attempt's key. */
  readonly key: string;
  /** Who runs it: of anybody else, nothing is taken. */
  readonly token: string;
}

type Row = readonly [key: string, token: string, ends: 0 | 1, said: string];

/** See the head of this file. */
export class Outbox {
  readonly #connections: Connections;
  readonly #key: string;
  readonly #sender: string;
  readonly #onOver: (error: unknown) => void;
  #waiting: Row[] = [];
  #count = 0;
  #flushing: Promise<void> | undefined;

  /** @param onOver Called when the run takes nothing any more. */
  constructor(
    connections: Connections,
    key: string,
    sender: string,
    onOver: (error: unknown) => void,
  ) {
    this.#connections = connections;
    this.#key = key;
    this.#sender = sender;
    this.#onOver = onOver;
  }

  /** Says something that is no part of an attempt. */
  say(said: WorkerEvent): void {
    this.#push(["", "", 0, JSON.stringify(said)]);
  }

  /**
   * Says something of an attempt.
   *
   * @param ends Whether the attempt has ended by that.
   */
  sayOf({ key, token }: OutboxAttempt, said: WorkerEvent, ends = false): void {
    this.#push([key, token, ends ? 1 : 0, JSON.stringify(said)]);
  }

  /** Resolves when all was taken. */
  async flush(): Promise<void> {
    await (this.#flushing ??= this.#flush());
  }

  #push(row: Row): void {
    this.#waiting.push(row);
    this.flush();
  }

  async #flush(): Promise<void> {
    try {
      await Promise.resolve(); // what is said in the same turn goes together
      while (this.#waiting.length > 0) {
        const rows = this.#waiting.splice(0, together(this.#waiting));
        const first = this.#count + 1;
        this.#count += rows.length;
        const args = [this.#sender, first, ...rows.flat()];
        const [word] = await this.#connections.script("publishEvents", this.#key, ...args);
        if (word === "finished") throw new Error("the run is over");
      }
    } catch (error) {
      this.#waiting = [];
      this.#onOver(error);
    } finally {
      this.#flushing = undefined;
    }
  }
}

/** How many of those that wait go next. */
function together(rows: readonly Row[]): number {
  let length = 0;
  const end = rows.slice(0, TOGETHER_MAX).findIndex(([, , , said]) =>
    (length += said.length) > TEXT_MAX
  );
  return end < 0 ? TOGETHER_MAX : end + 1;
}
