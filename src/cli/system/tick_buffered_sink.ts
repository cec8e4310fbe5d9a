/** A sink that batches the text of one turn of the event loop. */
import { errorText } from "../../base/text_format.ts";
import { queueMicrotask } from "../../runtime/timers.ts";
import type { TextSink } from "../../base/write_all.ts";

/** Maximum size of the buffer, in UTF-16 units: a bound on memory within one turn. */
const BUFFER_MAX = 64 * 1024;

/**
 * Buffers text, and writes it at the end of the current turn of the event loop. Events come in
 * bursts, so this saves system calls; since nothing is buffered between turns, a reader sees each
 * event as it happens, and a crash loses only the events of its turn.
 */
export class TickBufferedSink implements TextSink {
  readonly #target: TextSink;
  readonly #what: string | undefined;
  #buffer = "";
  #failure: unknown;
  #isClosed = false;

  /**
   * @param target Receives the text; may throw.
   * @param what The name of the output, for messages: `the json report to "x.json"`. Without it,
   * the target's errors are thrown as they are.
   */
  constructor(target: TextSink, what?: string) {
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
   * Writes the buffer. Never throws, since no caller would catch that at the end of a turn: the
   * next call throws instead.
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
      this.#failure ??= this.#what === undefined
        ? error
        : new Error(`Cannot write ${this.#what}: ${errorText(error)}`, { cause: error });
    }
  }
}
