/**
 * A worker's outbox: publishes its events in order and in batches. Events that arrive while a batch
 * is in flight form the next one. Delivery is at least once, and the script that receives the
 * batches is an idempotent consumer.
 */
import type { Connections } from "../redis/connections.ts";
import type { WorkerEvent } from "../engine_protocol.ts";

/**
 * Maximum number of events in one batch: bounds the time for which one script blocks the server.
 */
const BATCH_MAX = 500;
/**
 * Maximum length of a batch in characters: a server that is nearly full may reject a larger
 * command.
 */
const BATCH_CHARS_MAX = 1024 * 1024;

/** The attempt that an event belongs to. */
export interface OutboxAttempt {
  /** The attempt's key. */
  readonly key: string;
  /** The attempt's token: events with another token are dropped. */
  readonly token: string;
}

type OutboxRow = readonly [key: string, token: string, ends: 0 | 1, event: string];

/** A worker's queue of events. */
export class Outbox {
  readonly #connections: Connections;
  readonly #key: string;
  readonly #sender: string;
  readonly #onError: (error: unknown) => void;
  #queue: OutboxRow[] = [];
  #count = 0;
  #flushing: Promise<void> | undefined;

  /**
   * @param onError Called when the run is finished or the engine fails: nothing more is published.
   */
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

  /** Sends an event that belongs to no attempt. */
  send(event: WorkerEvent): void {
    this.#push(["", "", 0, JSON.stringify(event)]);
  }

  /**
   * Sends an event of an attempt.
   *
   * @param ends Whether the event ends the attempt.
   */
  sendFor({ key, token }: OutboxAttempt, event: WorkerEvent, ends = false): void {
    this.#push([key, token, ends ? 1 : 0, JSON.stringify(event)]);
  }

  /** Resolves when all events are published. */
  async flush(): Promise<void> {
    await (this.#flushing ??= this.#flush());
  }

  #push(row: OutboxRow): void {
    this.#queue.push(row);
    this.flush();
  }

  async #flush(): Promise<void> {
    try {
      await Promise.resolve(); // events of the same turn form one batch
      while (this.#queue.length > 0) {
        const rows = this.#queue.splice(0, batchLength(this.#queue));
        const first = this.#count + 1;
        this.#count += rows.length;
        const args = [this.#sender, first, ...rows.flat()];
        const [status] = await this.#connections.runScript("publishEvents", this.#key, ...args);
        if (status === "finished") throw new Error("the run is finished");
      }
    } catch (error) {
      this.#queue = [];
      this.#onError(error);
    } finally {
      this.#flushing = undefined;
    }
  }
}

/** Number of events in the next batch. */
function batchLength(rows: readonly OutboxRow[]): number {
  let length = 0;
  const end = rows.slice(0, BATCH_MAX).findIndex(([, , , event]) =>
    (length += event.length) > BATCH_CHARS_MAX
  );
  return end < 0 ? BATCH_MAX : end + 1;
}
