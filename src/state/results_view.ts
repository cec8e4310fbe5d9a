/** `state.results`: everybody reads it, the library alone writes. */

import type { Properties } from "./decoder.ts";
import { ObjectHandler } from "./object_view.ts";
import { resultNames } from "./result_cells.ts";

/** The traps of `state.results`. A name stands either in the replica's object or in a cell. */
export class ResultsHandler extends ObjectHandler {
  /** Told of each result that is looked for, before it is; what it throws, the reader gets. */
  onRead: ((name: string) => void) | undefined;

  override get(target: Properties, key: string | symbol): unknown {
    if (typeof key === "string") {
      this.onRead?.(key);
      const cells = this.replica.resultCells;
      if (cells?.has(key)) return cells.get(key);
    }
    return super.get(target, key);
  }

  override has(target: Properties, key: string | symbol): boolean {
    if (typeof key === "string") this.onRead?.(key);
    return (typeof key === "string" && this.replica.resultCells?.has(key)) ||
      super.has(target, key);
  }

  override ownKeys(target: Properties): (string | symbol)[] {
    this.replica.sync();
    return resultNames(target, this.replica.resultCells);
  }

  override getOwnPropertyDescriptor(
    target: Properties,
    key: string | symbol,
  ): PropertyDescriptor | undefined {
    const cells = this.replica.resultCells;
    if (typeof key === "string" && cells?.has(key)) {
      return { value: cells.get(key), writable: true, enumerable: true, configurable: true };
    }
    return super.getOwnPropertyDescriptor(target, key);
  }

  protected override assign(): void {
    throw new TypeError("results are written by the scheduler");
  }

  override deleteProperty(): boolean {
    throw new TypeError("results are written by the scheduler");
  }
}
