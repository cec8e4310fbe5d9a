/**
 * Replaces connections on which an expected reply does not arrive. The option of ioredis for that
 * sets a timer for each command, a tenth of a worker's processor time; here, one timer looks at the
 * connections four times within the limit.
 */
import type { Redis } from "ioredis";
import { nowMs } from "../../runtime/clock.ts";
import { clearInterval, setInterval } from "../../runtime/timers.ts";

/** A connection as it was when data had last arrived, or no reply was expected. */
interface Progress {
  readonly stream: Redis["stream"];
  readonly bytesRead: number;
  readonly isPending: boolean;
  readonly atMs: number;
}

/** The part of a client that ioredis does not declare: commands without a reply. */
interface WithCommandQueue {
  readonly commandQueue: { readonly length: number };
}

/** Limits the time until a reply arrives on the connections of some clients. */
export class ReplyTimeout implements Disposable {
  readonly #limitMs: number;
  readonly #timer: ReturnType<typeof setInterval>;
  readonly #progress = new Map<Redis, Progress | undefined>();

  /** @param limitMs Time without an expected reply after which a connection is replaced. */
  constructor(limitMs: number) {
    this.#limitMs = limitMs;
    this.#timer = setInterval(() => this.#check(), limitMs / 4);
  }

  /** Adds a client. */
  add(redis: Redis): void {
    this.#progress.set(redis, undefined);
  }

  /** Stops the timeout. */
  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  #check(): void {
    for (const [redis, before] of this.#progress) {
      const { stream } = redis;
      if (stream === undefined) continue; // not connected yet
      const { bytesRead } = stream;
      const isPending = (redis as unknown as WithCommandQueue).commandQueue.length > 0;
      const isWaiting = isPending && before?.isPending && before.stream === stream &&
        before.bytesRead === bytesRead;
      if (!isWaiting) this.#progress.set(redis, { stream, bytesRead, isPending, atMs: nowMs() });
      else if (nowMs() - before.atMs >= this.#limitMs) {
        stream.destroy(new Error(`No reply within ${this.#limitMs} ms`));
      }
    }
  }
}
