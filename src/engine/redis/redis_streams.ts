/** Reads Redis streams as they grow. */
import type { Redis } from "ioredis";
import type { OpLogRecord } from "../follower.ts";

/**
 * Maximum time for which a read without entries blocks, in milliseconds: the latency of the end of
 * a subscription.
 */
const BLOCK_MS = 1_000;
/** Maximum number of entries in one read: a batch of state operations may be large. */
const READ_BATCH_MAX = 200;

/** A subscription to one stream. */
export interface StreamSubscription {
  /** The key of the stream. */
  readonly key: string;
  /** The id of the entry before the first: `0-0` for all entries. */
  readonly from: string;
  /** Handles an entry. Returns false if it cannot yet: then the next read begins with it. */
  handle(id: string, fields: ReadonlyMap<string, Uint8Array>): void | boolean;
}

type StreamReply = [key: Uint8Array, entries: [id: Uint8Array, fields: Uint8Array[]][]][] | null;

const decoder = new TextDecoder();

/**
 * Reads streams until the caller is finished. The entries of one read are handled stream by stream,
 * in the order of the subscriptions.
 *
 * @param redis A client for this call alone: it blocks.
 * @param isFinished Checked before each read and entry.
 * @param pause Called before the next read, if the last one has read all entries.
 * @throws Errors of the handlers, and of the server.
 */
export async function readStreams(
  redis: Redis,
  subscriptions: readonly StreamSubscription[],
  isFinished: () => boolean,
  pause?: () => Promise<void>,
): Promise<void> {
  const keys = subscriptions.map(({ key }) => key);
  const last = subscriptions.map(({ from }) => from);
  while (!isFinished()) {
    const args = ["COUNT", READ_BATCH_MAX, "BLOCK", BLOCK_MS, "STREAMS", ...keys, ...last] as const;
    const reply = await (redis.callBuffer("XREAD", ...args) as Promise<StreamReply>);
    let hasMore = false;
    for (const [key, entries] of reply ?? []) {
      hasMore ||= entries.length === READ_BATCH_MAX;
      const index = keys.indexOf(decoder.decode(key));
      for (const [bytes, fields] of entries) {
        if (isFinished()) return;
        const id = decoder.decode(bytes);
        if (subscriptions[index]!.handle(id, parseFields(fields)) === false) break;
        last[index] = id;
      }
    }
    if (!hasMore) await pause?.();
  }
}

function parseFields(flat: readonly Uint8Array[]): Map<string, Uint8Array> {
  const fields = new Map<string, Uint8Array>();
  for (let at = 0; at < flat.length; at += 2) fields.set(decoder.decode(flat[at]), flat[at + 1]!);
  return fields;
}

/** The message of an entry of `events` or `commands`. */
export function parseMessage<T>(fields: ReadonlyMap<string, Uint8Array>): T {
  return JSON.parse(decoder.decode(fields.get("m")));
}

/** Parses an entry of `log`. */
export function parseOpLogRecord(id: string, fields: ReadonlyMap<string, Uint8Array>): OpLogRecord {
  return {
    position: Number.parseInt(id),
    batch: fields.get("b"),
    growth: Number(decoder.decode(fields.get("g"))),
    sender: decoder.decode(fields.get("s")),
  };
}
