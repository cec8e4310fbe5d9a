/**
 * The output of a process as lines, including that of native code and of its children, which the
 * process cannot capture. Sentinels in the streams mark the end of a task's output, since streams
 * and pipes are not synchronized.
 */

import { EventLoopYielder } from "../runtime/event_loop_yielder.ts";

/** Number of characters of the latest output that are kept to diagnose an exit. */
const TAIL_CHARS = 8_192;

/** A broken stream counts as an ended one. */
const BROKEN = { value: undefined, done: true } as const;

/** Reads one standard stream of a process. */
export class OutputLines {
  /** Resolves when the stream has ended. */
  readonly ended: Promise<void>;
  readonly #sentinel: string;
  readonly #onLine: (line: string) => void;
  readonly #waiters: (() => void)[] = [];
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  /** Number of sentinels that no caller has waited for yet. */
  #unclaimed = 0;
  /** Whether the stream has ended: no caller waits any more. */
  #isEnded = false;
  /** The current line, in parts: a long line may come in many. */
  #partial: string[] = [];
  /** The latest output, with the sentinels that came with it in one read. */
  #tail = "";

  /**
   * @param sentinel A line of its own after the output of a task, or the end of an unfinished line.
   */
  constructor(
    stream: ReadableStream<Uint8Array>,
    sentinel: string,
    onLine: (line: string) => void,
  ) {
    this.#sentinel = `${sentinel}\n`;
    this.#onLine = onLine;
    this.#reader = stream.getReader();
    this.ended = this.#read();
  }

  /** The latest output. */
  get tail(): string {
    return this.#tail.replaceAll(this.#sentinel, "");
  }

  /** Stops reading: another process may keep the stream's other end open for long. */
  async cancel(): Promise<void> {
    await this.#reader.cancel().catch(() => {}); // a broken stream has ended, too
  }

  /** Resolves at the next sentinel, or when the stream has ended. */
  async nextSentinel(): Promise<void> {
    if (this.#unclaimed > 0) {
      this.#unclaimed--;
      return;
    }
    if (!this.#isEnded) await new Promise<void>((resolve) => this.#waiters.push(resolve));
  }

  async #read(): Promise<void> {
    const decoder = new TextDecoder();
    const yielder = new EventLoopYielder();
    try {
      for (;;) {
        const { value, done } = await this.#reader.read().catch(() => BROKEN);
        if (done) break;
        const text = decoder.decode(value, { stream: true });
        // Most tasks print nothing past the console: then a read has the sentinel alone. The next
        // one follows messages, so the event loop turns in between.
        if (text === this.#sentinel) this.#reachSentinel();
        else {
          this.#take(text);
          await yielder.yieldIfDue();
        }
      }
      this.#flush();
    } finally {
      this.#isEnded = true;
      for (const resolve of this.#waiters.splice(0)) resolve();
    }
  }

  #take(text: string): void {
    this.#tail = `${this.#tail}${text}`.slice(-TAIL_CHARS); // per read, not per line
    this.#partial.push(text);
    if (!text.includes("\n")) return;
    const parts = this.#takePartial().split(this.#sentinel);
    for (const [index, part] of parts.entries()) {
      if (index > 0) this.#reachSentinel();
      const lines = part.split("\n");
      this.#partial = [lines.pop()!];
      for (const line of lines) this.#onLine(line);
    }
  }

  #reachSentinel(): void {
    this.#flush();
    const waiter = this.#waiters.shift();
    if (waiter) waiter();
    else this.#unclaimed++;
  }

  #flush(): void {
    const partial = this.#takePartial();
    if (partial !== "") this.#onLine(partial);
  }

  #takePartial(): string {
    return this.#partial.splice(0).join("");
  }
}
