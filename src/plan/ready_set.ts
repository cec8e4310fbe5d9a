/**
 * The ready tasks by rank: a hierarchical bitmap. The lowest level has one bit for each rank; each
 * level above has one bit for each word below that is not empty, up to a single word. 1,000,000
 * ranks are four levels, so the lowest rank is found in four steps.
 *
 * It is accessed under the plan's lock only, so plain reads and writes suffice.
 */
import { assert } from "../base/assert.ts";

/** Number of words in each level, from the ranks' own bits up to the single top word. */
function widthsOf(size: number): number[] {
  const widths = [];
  do widths.push(size = Math.ceil(size / 32) || 1); while (size > 1);
  return widths;
}

/** Number of words of a set of this size. */
export function readySetWords(size: number): number {
  return widthsOf(size).reduce((sum, width) => sum + width, 0);
}

/** A set of ranks with fast access to its lowest: a hierarchical bitmap. */
export class ReadySet {
  readonly #words: Int32Array;
  /** The offset of each level. */
  readonly #levels: readonly number[];

  /** @param at Offset of its `readySetWords(size)` words. */
  constructor(words: Int32Array, at: number, size: number) {
    this.#words = words;
    this.#levels = widthsOf(size).map((width) => (at += width) - width);
  }

  /** Adds a rank. */
  add(rank: number): void {
    let bit = rank;
    for (let depth = 0; depth < this.#levels.length; depth++) {
      const index = this.#levels[depth]! + (bit >>> 5);
      const before = this.#words[index]!;
      this.#words[index] = before | (1 << (bit & 31));
      if (before !== 0) return; // the levels above have this bit already
      bit >>>= 5;
    }
  }

  /** The lowest rank, or -1. */
  lowest(): number {
    let index = 0;
    for (let depth = this.#levels.length - 1; depth >= 0; depth--) {
      const word = this.#words[this.#levels[depth]! + index]!;
      if (word === 0) {
        assert(depth === this.#levels.length - 1, "The ready set's levels disagree");
        return -1;
      }
      index = (index << 5) | (31 - Math.clz32(word & -word));
    }
    return index;
  }

  /** Removes a rank that is in the set. */
  remove(rank: number): void {
    let bit = rank;
    for (let depth = 0; depth < this.#levels.length; depth++) {
      const index = this.#levels[depth]! + (bit >>> 5);
      const left = this.#words[index]! & ~(1 << (bit & 31));
      this.#words[index] = left;
      if (left !== 0) return;
      bit >>>= 5;
    }
  }
}
