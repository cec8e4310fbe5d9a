/**
 * Gathers text, and writes what came in one turn of the event loop at once. A run tells its events in
 * bursts, so this costs few calls; and between two turns nothing is held back: whoever reads along
 * sees each event as it happens, and a crash loses the events of its own turn only.
 */
import { errorText } from "../../base/text_format.ts";
import { queueMicrotask } from "../../runtime/timers.ts";
import type { TextSink } from "../../base/write_all.ts";

/** So much text is written even in the midst of a turn, in UTF-16 units. */
const BUFFER_MAX = 64 * 1024;

/** See the head of this file. */
export class TickBufferedSink implements TextSink {
  readonly #target: TextSink;
  readonly #what: string;
  #buffer = "";
  #failure: Error | undefined;
  #isClosed = false;

  /**
   * @param target Takes the text, and throws when it cannot.
   * @param what What is written, for the message about that: `the json report to "x.json"`.
   */
  constructor(target: TextSink, what: string) {
    this.#target = target;
    this.#what = what;
  }

  write(text: string): void {
    if (this.#failure) throw this.#failure;
    if (this.#buffer === "") queueMicrotask(() => this.flush());
    this.#buffer += text;
    if (this.#buffer.length < BUFFER_MAX) return;
    this.flush();
    if (this.#failure) throw this.#failure;
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.flush();
    this.#try(() => this.#target.close());
    if (this.#failure) throw this.#failure;
  }

  /**
   * Writes what is held back. Never throws: at the end of a turn nobody would catch it. The next call
   * does instead.
   */
  flush(): void {
    const text = this.#buffer;
    this.#buffer = "";
    if (text === "" || this.#failure) return;
    this.#try(() => this.#target.write(text));
  }

  #try(action: () => void): void {
    try {
      action();
    } catch (error) {
      const message = `Cannot write ${this.#what}: ${errorText(error)}`;
      this.#failure ??= new Error(message, { cause: error });
    }
  }
}
