/**
 * A bounded buffer of the last lines of output: a task may print for hours, and the end usually
 * shows why it failed. Two generations of lines alternate; a full one replaces the older.
 */
import { truncate } from "../../base/text_format.ts";

/** Keeps the last lines of a text. */
export class TailBuffer {
  readonly #max: number;
  #older: string[] = [];
  #newer: string[] = [];
  #olderSize = 0;
  #newerSize = 0;
  #dropped = 0;

  /** @param max Approximate maximum size in UTF-16 units; at least half of it is always kept. */
  constructor(max: number) {
    this.#max = max;
  }

  /** Size of the kept lines in UTF-16 units. */
  get size(): number {
    return this.#olderSize + this.#newerSize;
  }

  /** Adds a line, without its line break. */
  add(line: string): void {
    const kept = truncate(line, this.#max / 2);
    this.#newer.push(kept);
    this.#newerSize += kept.length + 1;
    if (this.#newerSize < this.#max / 2) return;
    this.#dropped += this.#older.length;
    [this.#older, this.#newer] = [this.#newer, []];
    [this.#olderSize, this.#newerSize] = [this.#newerSize, 0];
  }

  /** Returns the kept lines, after a line with the number of dropped ones. */
  lines(): string[] {
    const left = this.#dropped > 0 ? [`… ${this.#dropped} lines before these …`] : [];
    return [...left, ...this.#older, ...this.#newer];
  }
}
