/**
 * A worker's outbox: publishes its events in order and in batches. Events that arrive while a batch
 * is in flight form the next one. Delivery is at least once, and the script that receives the
 * batches is an idempotent consumer.
 *
 * A small result is published with its outcome, in one script: the op log has the result if and
 * only if the event stream has the outcome. A result without room in the state is sent again after
 * a compaction; if there is none even then, the attempt fails.
 */
import { type ErrorRecord, recordError } from "../../base/error_record.ts";
import type { Connections, ScriptArgument } from "../redis/connections.ts";
import { STATE_BYTES, type WorkerEvent } from "../engine_protocol.ts";
import { stateFullError } from "../state_log.ts";

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

/** A result that is published with the outcome of its attempt. */
export interface OutboxResult {
  /** Maximum growth of the state in bytes. */
  readonly growth: number;
  /** The operations that write the result. */
  readonly batch: Uint8Array;
  /** The events of the attempt if the state has no room for the result. */
  readonly rejected: (error: ErrorRecord) => readonly WorkerEvent[];
}

/** Options of {@linkcode Outbox}. */
export interface OutboxOptions {
  readonly connections: Connections;
  /** The prefix of the run's keys. */
  readonly key: string;
  /** The worker's id. */
  readonly sender: string;
  /** Compacts the op log so that the state can grow by this many bytes, if it can. */
  readonly makeRoom: (growth: number) => Promise<void>;
  /** Called when the run is finished or the engine fails: nothing more is published. */
  readonly onError: (error: unknown) => void;
}

interface OutboxRow {
  readonly attempt: OutboxAttempt;
  readonly ends: boolean;
  readonly event: string;
  readonly result?: OutboxResult;
}

const NO_ATTEMPT: OutboxAttempt = { key: "", token: "" };

/** A worker's queue of events. */
export class Outbox {
  readonly #options: OutboxOptions;
  #queue: OutboxRow[] = [];
  #count = 0;
  #flushing: Promise<void> | undefined;
  #onSent: (() => void)[] = [];
  /** The result for which the op log was compacted. */
  #compactedFor: OutboxResult | undefined;

  constructor(options: OutboxOptions) {
    this.#options = options;
  }

  /** Sends an event that belongs to no attempt. */
  send(event: WorkerEvent): void {
    this.#push(toRow(NO_ATTEMPT, event));
  }

  /**
   * Sends an event of an attempt.
   *
   * @param ends Whether the event ends the attempt.
   */
  sendFor(attempt: OutboxAttempt, event: WorkerEvent, ends = false): void {
    this.#push(toRow(attempt, event, ends));
  }

  /** Sends the outcome of an attempt with its result. */
  sendWithResult(attempt: OutboxAttempt, outcome: WorkerEvent, result: OutboxResult): void {
    this.#push({ ...toRow(attempt, outcome, true), result });
  }

  /** Resolves when all events so far are sent: commands after that are executed after them. */
  sent(): Promise<void> {
    if (this.#queue.length === 0) return Promise.resolve();
    return new Promise((resolve) => this.#onSent.push(resolve));
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
    const { connections, key, sender } = this.#options;
    try {
      await Promise.resolve(); // events of the same turn form one batch
      while (this.#queue.length > 0) {
        const rows = this.#queue.splice(0, batchLength(this.#queue));
        const first = this.#count + 1;
        this.#count += rows.length;
        const args = [sender, first, ...rows.flatMap(toArguments)];
        const published = connections.runScript("publishEvents", key, ...args);
        if (this.#queue.length === 0) this.#resolveSent();
        const [status, number, needed] = await published;
        if (status === "finished") throw new Error("the run is finished");
        if (status === "full") {
          const unsent = rows.slice(Number(number) - first);
          this.#count -= unsent.length;
          this.#queue.unshift(...await this.#withRoom(unsent, Number(needed)));
        }
      }
    } catch (error) {
      this.#queue = [];
      this.#options.onError(error);
    } finally {
      this.#flushing = undefined;
      this.#resolveSent();
    }
  }

  #resolveSent(): void {
    for (const resolve of this.#onSent.splice(0)) resolve();
  }

  /**
   * Makes room for the result of the first row. If the op log was compacted for it already, the
   * attempt fails instead.
   */
  async #withRoom(rows: readonly OutboxRow[], needed: number): Promise<readonly OutboxRow[]> {
    const { attempt, result } = rows[0]!;
    if (this.#compactedFor !== result && result!.growth <= STATE_BYTES) {
      this.#compactedFor = result;
      await this.#options.makeRoom(result!.growth);
      return rows;
    }
    const events = result!.rejected(recordError(stateFullError(needed)));
    const failed = events.map((event, at) => toRow(attempt, event, at === events.length - 1));
    return [...failed, ...rows.slice(1)];
  }
}

function toRow(attempt: OutboxAttempt, event: WorkerEvent, ends = false): OutboxRow {
  return { attempt, ends, event: JSON.stringify(event) };
}

/** The arguments of the script for one event. */
function toArguments({ attempt, ends, event, result }: OutboxRow): ScriptArgument[] {
  const { key, token } = attempt;
  return [key, token, ends ? 1 : 0, event, result?.batch ?? "", result?.growth ?? 0];
}

/** Number of events in the next batch. */
function batchLength(rows: readonly OutboxRow[]): number {
  let length = 0;
  const end = rows.slice(0, BATCH_MAX).findIndex(({ event, result }) =>
    (length += event.length + (result?.batch.length ?? 0)) > BATCH_CHARS_MAX
  );
  return end < 0 ? BATCH_MAX : end + 1;
}
