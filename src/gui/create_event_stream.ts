/** Server-sent events for the pages of the web UI. */
import type { EventFeed } from "./event_feed.ts";
import type { RunRegistry } from "./run_registry.ts";

/** Delay in which events are batched, in ms: at most 20 messages a second reach a page. */
const BATCH_MS = 50;

/** Options of {@linkcode createEventStream}. */
export interface EventStreamOptions {
  /** The events of the run that the page shows. */
  readonly feed: EventFeed | undefined;
  /** The `seq` of the last event that the page has; -1 for none. */
  readonly seen: number;
}

/**
 * Creates the stream of server-sent events for one page:
 *
 * - `runs` lists the runs of the session, which another page may have changed.
 * - Messages without a type have events of the shown run; their id is the last `seq`.
 * - `end` has the end of the shown run.
 * - `ended` is the last message of the session.
 *
 * A slow reader gets larger batches: the server stores only its position.
 */
export function createEventStream(
  runs: RunRegistry,
  { feed, seen }: EventStreamOptions,
): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  let next = Math.max(0, seen + 1);
  let sentVersion = -1;
  let isEndSent = feed === undefined;
  let isCancelled = false;

  /** The next batch, or the end, of the shown run. */
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
  /** The list of runs, if it has changed: after the events and the end of the shown run. */
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
        // More events usually follow while a run is active.
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
      runs.changes.notify(); // resolves the pending pull, which checks isCancelled
    },
  }, { highWaterMark: 1 });
}

function delay(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
