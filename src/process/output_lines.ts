/**
 * What a process prints, as lines: what native code and its own children print, too, which nothing in
 * the process can catch. Marks in the streams say where the output of a task ends, since streams
 * and pipes come at their own pace.
 */

import { EventLoopYielder } from "../runtime/event_loop_yielder.ts";

/** How much of the last output is kept, to find out what a process died of. */
const TAIL_CHARS = 8_192;

/** A stream that breaks is one that ends. */
const BROKEN = { value: undefined, done: true } as const;

/** See the head of this file. */
export class OutputLines {
  /** Resolves when the stream has ended. */
  readonly ended: Promise<void>;
  readonly #sentinel: string;
  readonly #onLine: (line: string) => void;
  readonly #waiters: (() => void)[] = [];
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  /** Marks that nobody has waited for yet. */
  #unclaimed = 0;
  /** The stream has ended: nobody waits any more. */
  #isEnded = false;
  /** A line that has not ended yet, in pieces: it may be long, and come in many. */
  #partial: string[] = [];
  /** The last of what came, marks included. */
  #tail = "";

  /**
   * @param mark Stands alone in a line where the output of a task ends, or after a line that is not ended.
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

  /** The last of what was printed. */
  get tail(): string {
    return this.#tail.replaceAll(this.#sentinel, "");
  }

  /** Nobody listens any more: somebody may hold the stream's other end for long. */
  async cancel(): Promise<void> {
    await this.#reader.cancel().catch(() => {}); // it broke, which ends it too
  }

  /** Resolves at the next mark, or when the stream has ended. */
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
        this.#take(decoder.decode(value, { stream: true }));
        await yielder.yieldIfDue();
      }
      this.#flush();
    } finally {
      this.#isEnded = true;
      for (const resolve of this.#waiters.splice(0)) resolve();
    }
  }

  #take(text: string): void {
    this.#tail = `${this.#tail}${text}`.slice(-TAIL_CHARS); // not line by line, of which there may be millions
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
