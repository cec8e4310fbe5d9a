/**
 * The events of one run, as lines of JSON, and the streams of whoever watches it. A watcher gets all of
 * them, from the one it asks for: whoever has lost the connection names the last it has seen, and misses
 * nothing. What has come up since the last message is one message, at most twenty a second.
 */
import type { RunEnd } from "./protocol.ts";

/** So long things gather before they are sent. */
const GATHER_MS = 50;
/** So much goes into one message, in UTF-16 units. */
const MESSAGE_MAX = 512 * 1024;

/** See the head of this file. */
export class Feed {
  readonly #lines: string[] = [];
  #size = 0;
  #end: RunEnd | null = null;
  #news = Promise.withResolvers<void>();

  /** How the run has ended; null while it has not. */
  get end(): RunEnd | null {
    return this.#end;
  }

  /** How much memory the lines take, about, in bytes. */
  get size(): number {
    return this.#size;
  }

  /** Takes the next event. Its place is its `seq`. */
  push(line: string): void {
    this.#lines.push(line);
    this.#size += line.length;
    this.#tell();
  }

  /** Takes the end, after all events. */
  close(end: RunEnd): void {
    this.#end = end;
    this.#tell();
  }

  /**
   * What a watcher is sent, as server-sent events. Who reads slowly gets larger messages, and nothing is
   * kept for it but its place.
   *
   * @param seen The `seq` of the last event it has; -1 for none.
   */
  stream(seen: number): ReadableStream<Uint8Array> {
    const encoder = new TextEncoder();
    let next = Math.max(0, seen + 1);
    let isCancelled = false;
    return new ReadableStream({
      start: (controller) => controller.enqueue(encoder.encode("retry: 500\n\n")),
      pull: async (controller) => {
        while (next >= this.#lines.length && this.#end === null) await this.#news.promise;
        if (isCancelled) return;
        if (next < this.#lines.length) {
          await new Promise((resolve) => setTimeout(resolve, this.#end ? 0 : GATHER_MS));
          if (isCancelled) return;
          const [message, upTo] = this.#message(next);
          next = upTo;
          return controller.enqueue(encoder.encode(message));
        }
        const end = `id: ${next - 1}\nevent: end\ndata: ${JSON.stringify(this.#end)}\n\n`;
        controller.enqueue(encoder.encode(end));
        controller.close();
      },
      cancel: () => {
        isCancelled = true;
      },
    }, { highWaterMark: 1 });
  }

  /** The events from a place on, as many as fit, and the place after them. */
  #message(from: number): [message: string, upTo: number] {
    let upTo = from;
    for (let size = 0; upTo < this.#lines.length && size < MESSAGE_MAX; upTo++) {
      size += this.#lines[upTo]!.length;
    }
    const events = this.#lines.slice(from, upTo).join(",");
    return [`id: ${upTo - 1}\ndata: [${events}]\n\n`, upTo];
  }

  #tell(): void {
    this.#news.resolve();
    this.#news = Promise.withResolvers();
  }
}
