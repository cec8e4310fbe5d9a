/**
 * What a page is sent, as server-sent events, over its one connection: how the runs of the session stand,
 * which another page may have changed; and the events of the run it shows. What has come up since the
 * last message is one message, at most twenty a second: who reads slowly gets larger ones, and nothing is
 * kept for it but its place.
 */
import type { EventFeed } from "./event_feed.ts";
import type { RunRegistry } from "./run_registry.ts";

/** So long things gather before they are sent. */
const GATHER_MS = 50;

/** What a page watches. */
export interface Watched {
  /** The run it shows, if it shows one. */
  readonly feed: EventFeed | undefined;
  /** The `seq` of the last event it has; -1 for none. */
  readonly seen: number;
}

/** See the head of this file. It ends with the session, and says so. */
export function createEventStream(
  runs: RunRegistry,
  { feed, seen }: Watched,
): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  let next = Math.max(0, seen + 1);
  let told = -1;
  let isEndTold = feed === undefined;
  let isCancelled = false;

  /** The next message, if there is something to tell. The runs are told last: then all of this one was. */
  const message = (): string | undefined => {
    if (feed && next < feed.count) {
      const [events, upTo] = feed.message(next);
      next = upTo;
      return `id: ${upTo - 1}\ndata: ${events}\n\n`;
    }
    if (feed?.end && !isEndTold) {
      isEndTold = true;
      return `id: ${next - 1}\nevent: end\ndata: ${feed.endText}\n\n`;
    }
    return undefined;
  };
  const standing = (): string | undefined => {
    if (told === runs.version || (feed?.end && !isEndTold)) return undefined;
    told = runs.version;
    return `event: runs\ndata: ${JSON.stringify(runs.infos)}\n\n`;
  };

  return new ReadableStream({
    start: (controller) => controller.enqueue(encoder.encode("retry: 500\n\n")),
    async pull(controller) {
      for (;;) {
        if (isCancelled) return;
        const { changed: change } = runs.news;
        const now = standing();
        if (now !== undefined) return controller.enqueue(encoder.encode(now));
        // Events that come while a run goes on are soon followed by more.
        if (feed && next < feed.count && !feed.end) await delay(GATHER_MS);
        const text = isCancelled ? undefined : message();
        if (text !== undefined) return controller.enqueue(encoder.encode(text));
        if (runs.isOver) {
          controller.enqueue(encoder.encode("event: ended\ndata: {}\n\n"));
          return controller.close();
        }
        await change;
      }
    },
    cancel() {
      isCancelled = true;
      runs.news.notify(); // whoever waits is to see it
    },
  }, { highWaterMark: 1 });
}

function delay(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
