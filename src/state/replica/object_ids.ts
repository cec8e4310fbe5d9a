/** Ids of new objects, reserved in blocks, so that two threads never use the same id. */
import { fetchAdd } from "../../sync/atomics.ts";
import { NEXT_BLOCK } from "../log/log_layout.ts";

/** Number of ids in a block: one atomic operation each. */
export const IDS_PER_BLOCK = 1024;

/** The object ids of one thread. */
export class ObjectIds {
  readonly #words: Int32Array;
  #next = 0;
  #last = 0;

  /** @param words The header's words. */
  constructor(words: Int32Array) {
    this.#words = words;
  }

  /** Returns the next id of this thread's block. */
  next(): number {
    if (this.#next === this.#last) {
      this.#next = fetchAdd(this.#words, NEXT_BLOCK, 1) * IDS_PER_BLOCK;
      this.#last = this.#next + IDS_PER_BLOCK;
    }
    return this.#next++;
  }

  /** Discards the current block, whose ids another process may have used. */
  discardBlock(): void {
    this.#next = this.#last;
  }
}
