/**
 * What a page is sent, as server-sent events, over its one connection: how the runs of the session stand,
 * which another page may have changed; and the events of the run it shows. What has come up since the
 * last message is one message, at most twenty a second: who reads slowly gets larger ones, and nothing is
 * kept for it but its place.
 */
import type { EventFeed } from "./event_feed.ts";
import type { RunRegistry } from "./run_registry.ts";

/** So long things gather before they are sent. */
const BATCH_MS = 50;

/** What a page watches. */
export interface EventStreamOptions {
  /** The run it shows, if it shows one. */
  readonly feed: EventFeed | undefined;
  /** The `seq` of the last event it has; -1 for none. */
  readonly seen: number;
}

/** See the head of this file. It ends with the session, and says so. */
export function createEventStream(
  runs: RunRegistry,
  { feed, seen }: EventStreamOptions,
): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  let next = Math.max(0, seen + 1);
  let sentVersion = -1;
  let isEndSent = feed === undefined;
  let isCancelled = false;

  /** The next message, if there is something to tell. The runs are told last: then all of this one was. */
  const nextEvents = (): string | undefined => {
    if (feed && next < feed.count) {
      const [events, upTo] = feed.batch(next);
      next = upTo;
      return `id: ${upTo - 1}\ndata: ${events}\n\n`;
    }
    if (feed?.end && !isEndSent) {
      isEndSent = true;
      return `id: ${next - 1}\nevent: end\ndata: ${feed.endJson}\n\n`;
    }
    return undefined;
  };
  const nextRuns = (): string | undefined => {
    if (sentVersion === runs.version || (feed?.end && !isEndSent)) return undefined;
    sentVersion = runs.version;
    return `event: runs\ndata: ${JSON.stringify(runs.infos)}\n\n`;
  };

  return new ReadableStream({
    start: (controller) => controller.enqueue(encoder.encode("retry: 500\n\n")),
    async pull(controller) {
      for (;;) {
        if (isCancelled) return;
        const { changed } = runs.changes;
        const runsText = nextRuns();
        if (runsText !== undefined) return controller.enqueue(encoder.encode(runsText));
        // Events that come while a run goes on are soon followed by more.
        if (feed && next < feed.count && !feed.end) await delay(BATCH_MS);
        const text = isCancelled ? undefined : nextEvents();
        if (text !== undefined) return controller.enqueue(encoder.encode(text));
        if (runs.hasEnded) {
          controller.enqueue(encoder.encode("event: ended\ndata: {}\n\n"));
          return controller.close();
        }
        await changed;
      }
    },
    cancel() {
      isCancelled = true;
      runs.changes.notify(); // whoever waits is to see it
    },
  }, { highWaterMark: 1 });
}

function delay(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
