/**
 * The last lines of a text that has no end: a task may print for hours, and of what it printed the end
 * is what tells why it failed.
 */
import { truncate } from "../../base/text_format.ts";

/** See the head of this file. */
export class TailBuffer {
  readonly #max: number;
  #older: string[] = [];
  #newer: string[] = [];
  #olderSize = 0;
  #newerSize = 0;
  #dropped = 0;

  /** @param max About how many UTF-16 units are kept at most; half of that is kept always. */
  constructor(max: number) {
    this.#max = max;
  }

  /** How much is kept, in UTF-16 units. */
  get size(): number {
    return this.#olderSize + this.#newerSize;
  }

  /** Takes a line, without its line break. */
  add(line: string): void {
    const kept = truncate(line, this.#max / 2);
    this.#newer.push(kept);
    this.#newerSize += kept.length + 1;
    if (this.#newerSize < this.#max / 2) return;
    this.#dropped += this.#older.length;
    [this.#older, this.#newer] = [this.#newer, []];
    [this.#olderSize, this.#newerSize] = [this.#newerSize, 0];
  }

  /** The lines kept, after one that says how many were not. */
  lines(): string[] {
    const left = this.#dropped > 0 ? [`… ${this.#dropped} lines before these …`] : [];
    return [...left, ...this.#older, ...this.#newer];
  }
}
