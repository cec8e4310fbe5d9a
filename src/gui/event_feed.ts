/** Events of a run, stored for clients that connect late or again. */
import type { ChangeNotifier } from "./change_notifier.ts";
import type { RunEnd, RunInfo } from "./ui_protocol.ts";

/** Maximum length of one message, in UTF-16 units: bounds the memory for a slow reader. */
const BATCH_MAX = 512 * 1024;
/**
 * Maximum length of the stored events of one run, in UTF-16 units. Beyond it, output of tasks is
 * omitted: a run that prints without end does not exhaust the memory.
 */
const RETAINED_MAX = 96 * 1024 * 1024;
const OUTPUT_PREFIX = '{"type":"task-output"';

/**
 * The events of one run, as lines of JSON. A client receives all events after the last one that it
 * has seen, so that a reconnect misses nothing. Omitted output leaves an empty line: positions stay
 * equal to `seq`, and a client can count what was omitted.
 */
export class EventFeed {
  readonly #lines: string[] = [];
  readonly #notifier: ChangeNotifier;
  readonly #maxSize: number;
  #size = 0;
  #end: NonNullable<RunInfo["end"]> | null = null;
  #endJson = "null";

  /** @param notifier Notified of each change. */
  constructor(notifier: ChangeNotifier, maxSize = RETAINED_MAX) {
    this.#notifier = notifier;
    this.#maxSize = maxSize;
  }

  /** The end of the run, for {@linkcode RunInfo}; null while the run is active. */
  get end(): RunInfo["end"] {
    return this.#end;
  }

  /** The whole {@linkcode RunEnd} as JSON. */
  get endJson(): string {
    return this.#endJson;
  }

  /** Approximate memory, in bytes. */
  get size(): number {
    return this.#size;
  }

  /** Number of events, including omitted ones. */
  get count(): number {
    return this.#lines.length;
  }

  /** Appends the next event. Its position is its `seq`. */
  push(line: string): void {
    const isRetained = this.#size < this.#maxSize || !line.startsWith(OUTPUT_PREFIX);
    this.#lines.push(isRetained ? line : "");
    if (isRetained) this.#size += line.length;
    this.#notifier.notify();
  }

  /** Records the end of the run, after all events. */
  close(end: RunEnd): void {
    const { code, signal, isCancelled } = end;
    this.#end = { code, signal, isCancelled };
    this.#endJson = JSON.stringify(end);
    this.#size += this.#endJson.length;
    this.#notifier.notify();
  }

  /** The events from a position on, at most one message, as JSON; and the position after them. */
  batch(from: number): [events: string, upTo: number] {
    let upTo = from;
    for (let size = 0; upTo < this.#lines.length && size < BATCH_MAX; upTo++) {
      size += this.#lines[upTo]!.length;
    }
    const retained = this.#lines.slice(from, upTo).filter((line) => line !== "");
    return [`[${retained.join(",")}]`, upTo];
  }
}
