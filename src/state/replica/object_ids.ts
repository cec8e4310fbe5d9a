/** Ids for new objects. They come in blocks, so that two threads never give out the same one. */
import { fetchAdd } from "../../sync/atomics.ts";
import { NEXT_BLOCK } from "../log/log_layout.ts";

/** How many ids a block has. */
export const IDS_PER_BLOCK = 1024;

/** See the head of this file. */
export class ObjectIds {
  readonly #words: Int32Array;
  #next = 0;
  #last = 0;

  /** @param words The header's. */
  constructor(words: Int32Array) {
    this.#words = words;
  }

  /** The next id of this thread's block. */
  next(): number {
    if (this.#next === this.#last) {
      this.#next = fetchAdd(this.#words, NEXT_BLOCK, 1) * IDS_PER_BLOCK;
      this.#last = this.#next + IDS_PER_BLOCK;
    }
    return this.#next++;
  }

  /** Those of the block at hand may have been given out elsewhere: the next is of a new one. */
  discardBlock(): void {
    this.#next = this.#last;
  }
}
