/**
 * Says to the driver what there is to say, in its order: whatever comes up while something is under way goes
 * together next time. What was sent and not answered is sent again, and taken once.
 */
import type { Connections } from "../redis/connections.ts";
import type { WorkerEvent } from "../engine_protocol.ts";

/** So many go together at most, */
const BATCH_MAX = 500;
/** and no more where they have so many characters: a server may have no room for more at once. */
const BATCH_CHARS_MAX = 1024 * 1024;

/** What a message is part of. */
export interface OutboxAttempt {
  /** The attempt's key. */
  readonly key: string;
  /** Who runs it: of anybody else, nothing is taken. */
  readonly token: string;
}

type OutboxRow = readonly [key: string, token: string, ends: 0 | 1, event: string];

/** See the head of this file. */
export class Outbox {
  readonly #connections: Connections;
  readonly #key: string;
  readonly #sender: string;
  readonly #onError: (error: unknown) => void;
  #queue: OutboxRow[] = [];
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
    this.#onError = onOver;
  }

  /** Says something that is no part of an attempt. */
  send(event: WorkerEvent): void {
    this.#push(["", "", 0, JSON.stringify(event)]);
  }

  /**
   * Says something of an attempt.
   *
   * @param ends Whether the attempt has ended by that.
   */
  sendFor({ key, token }: OutboxAttempt, event: WorkerEvent, ends = false): void {
    this.#push([key, token, ends ? 1 : 0, JSON.stringify(event)]);
  }

  /** Resolves when all was taken. */
  async flush(): Promise<void> {
    await (this.#flushing ??= this.#flush());
  }

  #push(row: OutboxRow): void {
    this.#queue.push(row);
    this.flush();
  }

  async #flush(): Promise<void> {
    try {
      await Promise.resolve(); // what is said in the same turn goes together
      while (this.#queue.length > 0) {
        const rows = this.#queue.splice(0, batchLength(this.#queue));
        const first = this.#count + 1;
        this.#count += rows.length;
        const args = [this.#sender, first, ...rows.flat()];
        const [status] = await this.#connections.runScript("publishEvents", this.#key, ...args);
        if (status === "finished") throw new Error("the run is over");
      }
    } catch (error) {
      this.#queue = [];
      this.#onError(error);
    } finally {
      this.#flushing = undefined;
    }
  }
}

/** How many of those that wait go next. */
function batchLength(rows: readonly OutboxRow[]): number {
  let length = 0;
  const end = rows.slice(0, BATCH_MAX).findIndex(([, , , event]) =>
    (length += event.length) > BATCH_CHARS_MAX
  );
  return end < 0 ? BATCH_MAX : end + 1;
}
