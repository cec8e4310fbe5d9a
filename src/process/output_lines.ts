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
  readonly #mark: string;
  readonly #onLine: (line: string) => void;
  readonly #waiting: (() => void)[] = [];
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  /** Marks that nobody has waited for yet. */
  #marks = 0;
  /** The stream has ended: nobody waits any more. */
  #isOver = false;
  /** A line that has not ended yet, in pieces: it may be long, and come in many. */
  #rest: string[] = [];
  /** The last of what came, marks included. */
  #tail = "";

  /**
   * @param mark Stands alone in a line where the output of a task ends, or after a line that is not ended.
   */
  constructor(
    stream: ReadableStream<Uint8Array>,
    mark: string,
    onLine: (line: string) => void,
  ) {
    this.#mark = `${mark}\n`;
    this.#onLine = onLine;
    this.#reader = stream.getReader();
    this.ended = this.#read();
  }

  /** The last of what was printed. */
  get tail(): string {
    return this.#tail.replaceAll(this.#mark, "");
  }

  /** Nobody listens any more: somebody may hold the stream's other end for long. */
  async cancel(): Promise<void> {
    await this.#reader.cancel().catch(() => {}); // it broke, which ends it too
  }

  /** Resolves at the next mark, or when the stream has ended. */
  async marked(): Promise<void> {
    if (this.#marks > 0) {
      this.#marks--;
      return;
    }
    if (!this.#isOver) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  async #read(): Promise<void> {
    const decoder = new TextDecoder();
    const breath = new EventLoopYielder();
    try {
      for (;;) {
        const { value, done } = await this.#reader.read().catch(() => BROKEN);
        if (done) break;
        this.#take(decoder.decode(value, { stream: true }));
        await breath.yieldIfDue();
      }
      this.#flush();
    } finally {
      this.#isOver = true;
      for (const resolve of this.#waiting.splice(0)) resolve();
    }
  }

  #take(text: string): void {
    this.#tail = `${this.#tail}${text}`.slice(-TAIL_CHARS); // not line by line, of which there may be millions
    this.#rest.push(text);
    if (!text.includes("\n")) return;
    const parts = this.#takeRest().split(this.#mark);
    for (const [index, part] of parts.entries()) {
      if (index > 0) this.#passMark();
      const lines = part.split("\n");
      this.#rest = [lines.pop()!];
      for (const line of lines) this.#onLine(line);
    }
  }

  #passMark(): void {
    this.#flush();
    const waiting = this.#waiting.shift();
    if (waiting) waiting();
    else this.#marks++;
  }

  #flush(): void {
    const rest = this.#takeRest();
    if (rest !== "") this.#onLine(rest);
  }

  #takeRest(): string {
    return this.#rest.splice(0).join("");
  }
}
