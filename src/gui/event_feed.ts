/**
 * The events of one run, as lines of JSON. A watcher gets all of them, from the one it asks for: whoever
 * has lost the connection names the last it has seen, and misses nothing. What a run prints without end
 * is not kept without end: places stay, so that whoever reads on can tell what was left out.
 */
import type { ChangeNotifier } from "./change_notifier.ts";
import type { RunEnd, RunInfo } from "./ui_protocol.ts";

/** So much goes into one message, in UTF-16 units. */
const BATCH_MAX = 512 * 1024;
/** So much is kept of a run; beyond it, what tasks print is left out. */
const RETAINED_MAX = 96 * 1024 * 1024;
const OUTPUT_PREFIX = '{"type":"task-output"';

/** See the head of this file. */
export class EventFeed {
  readonly #lines: string[] = [];
  readonly #notifier: ChangeNotifier;
  readonly #maxSize: number;
  #size = 0;
  #end: NonNullable<RunInfo["end"]> | null = null;
  #endJson = "null";

  /** @param news Is told of each change. */
  constructor(notifier: ChangeNotifier, maxSize = RETAINED_MAX) {
    this.#notifier = notifier;
    this.#maxSize = maxSize;
  }

  /** How the run has ended; null while it has not. */
  get end(): RunInfo["end"] {
    return this.#end;
  }

  /** How it has ended, in full, as JSON. */
  get endJson(): string {
    return this.#endJson;
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
    const isRetained = this.#size < this.#maxSize || !line.startsWith(OUTPUT_PREFIX);
    this.#lines.push(isRetained ? line : "");
    if (isRetained) this.#size += line.length;
    this.#notifier.notify();
  }

  /** Takes the end, after all events. */
  close(end: RunEnd): void {
    const { code, signal, isCancelled } = end;
    this.#end = { code, signal, isCancelled };
    this.#endJson = JSON.stringify(end);
    this.#size += this.#endJson.length;
    this.#notifier.notify();
  }

  /** The events from a place on, as many as fit into a message, as JSON, and the place after them. */
  batch(from: number): [events: string, upTo: number] {
    let upTo = from;
    for (let size = 0; upTo < this.#lines.length && size < BATCH_MAX; upTo++) {
      size += this.#lines[upTo]!.length;
    }
    const retained = this.#lines.slice(from, upTo).filter((line) => line !== "");
    return [`[${retained.join(",")}]`, upTo];
  }
}
