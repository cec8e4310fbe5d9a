/** Reads streams of Redis as they grow. */
import type { Redis } from "ioredis";
import type { LogEntry } from "../follower.ts";

/** A read that finds nothing waits this long before it asks again. */
const BLOCK_MS = 1_000;
/** Entries may be large. */
const READ_BATCH_MAX = 200;

/** Gets the entries of a stream, one after the other. */
export interface StreamSubscription {
  /** The key of the stream. */
  readonly key: string;
  /** After which entry to begin: `0-0` for the first. */
  readonly from: string;
  /** Takes an entry, and says when it is done with it. */
  handle(id: string, fields: ReadonlyMap<string, Uint8Array>): void | Promise<void>;
}

type StreamReply = [key: Uint8Array, entries: [id: Uint8Array, fields: Uint8Array[]][]][] | null;

const decoder = new TextDecoder();

/**
 * Reads until it is told to stop.
 *
 * @param redis A connection of its own: it blocks.
 * @param isOver Asked before each read.
 * @throws What a listener throws, or the server answers.
 */
export async function readStreams(
  redis: Redis,
  subscriptions: readonly StreamSubscription[],
  isFinished: () => boolean,
): Promise<void> {
  const keys = subscriptions.map(({ key }) => key);
  const last = subscriptions.map(({ from }) => from);
  while (!isFinished()) {
    const args = ["COUNT", READ_BATCH_MAX, "BLOCK", BLOCK_MS, "STREAMS", ...keys, ...last] as const;
    const reply = await (redis.callBuffer("XREAD", ...args) as Promise<StreamReply>);
    for (const [key, entries] of reply ?? []) {
      const index = keys.indexOf(decoder.decode(key));
      for (const [id, fields] of entries) {
        if (isFinished()) return;
        last[index] = decoder.decode(id);
        await subscriptions[index]!.handle(last[index], parseFields(fields));
      }
    }
  }
}

function parseFields(flat: readonly Uint8Array[]): Map<string, Uint8Array> {
  const fields = new Map<string, Uint8Array>();
  for (let at = 0; at < flat.length; at += 2) fields.set(decoder.decode(flat[at]), flat[at + 1]!);
  return fields;
}

/** The message that an entry of `said` or `told` holds. */
export function parseMessage<T>(fields: ReadonlyMap<string, Uint8Array>): T {
  return JSON.parse(decoder.decode(fields.get("m")));
}

/** What an entry of `log` holds. */
export function parseLogEntry(id: string, fields: ReadonlyMap<string, Uint8Array>): LogEntry {
  return {
    position: Number.parseInt(id),
    batch: fields.get("b"),
    growth: Number(decoder.decode(fields.get("g"))),
    sender: decoder.decode(fields.get("s")),
  };
}
