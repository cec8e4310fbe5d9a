/**
 * The events of one run, as lines of JSON. A watcher gets all of them, from the one it asks for: whoever
 * has lost the connection names the last it has seen, and misses nothing. What a run prints without end
 * is not kept without end: places stay, so that whoever reads on can tell what was left out.
 */
import type { ChangeNotifier } from "./change_notifier.ts";
import type { RunEnd, RunInfo } from "./ui_protocol.ts";

/** So much goes into one message, in UTF-16 units. */
const MESSAGE_MAX = 512 * 1024;
/** So much is kept of a run; beyond it, what tasks print is left out. */
const KEPT_MAX = 96 * 1024 * 1024;
const OUTPUT = '{"type":"task-output"';

/** See the head of this file. */
export class EventFeed {
  readonly #lines: string[] = [];
  readonly #news: ChangeNotifier;
  readonly #keptMax: number;
  #size = 0;
  #end: NonNullable<RunInfo["end"]> | null = null;
  #endText = "null";

  /** @param news Is told of each change. */
  constructor(news: ChangeNotifier, keptMax = KEPT_MAX) {
    this.#news = news;
    this.#keptMax = keptMax;
  }

  /** How the run has ended; null while it has not. */
  get end(): RunInfo["end"] {
    return this.#end;
  }

  /** How it has ended, in full, as JSON. */
  get endText(): string {
    return this.#endText;
  }

  /** How much memory it takes, about, in bytes. */
  get size(): number {
    return this.#size;
  }

  /** How many events there are, those left out among them. */
  get count(): number {
    return this.#lines.length;
  }

  /** Takes the next event. Its place is its `seq`. */
  push(line: string): void {
    const isKept = this.#size < this.#keptMax || !line.startsWith(OUTPUT);
    this.#lines.push(isKept ? line : "");
    if (isKept) this.#size += line.length;
    this.#news.notify();
  }

  /** Takes the end, after all events. */
  close(end: RunEnd): void {
    const { code, signal, isAsked } = end;
    this.#end = { code, signal, isAsked };
    this.#endText = JSON.stringify(end);
    this.#size += this.#endText.length;
    this.#news.notify();
  }

  /** The events from a place on, as many as fit into a message, as JSON, and the place after them. */
  message(from: number): [events: string, upTo: number] {
    let upTo = from;
    for (let size = 0; upTo < this.#lines.length && size < MESSAGE_MAX; upTo++) {
      size += this.#lines[upTo]!.length;
    }
    const kept = this.#lines.slice(from, upTo).filter((line) => line !== "");
    return [`[${kept.join(",")}]`, upTo];
  }
}
