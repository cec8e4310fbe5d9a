/** The view of `state.results`: tasks read it, only the library writes it. */

import { type Properties, setProperty } from "../log/decoder.ts";
import { ObjectHandler } from "./object_handler.ts";
import { findResult } from "../results/find_result.ts";
import { resultNames } from "../replica/result_cells.ts";

/** The results of a task with cases: the key of each case, and the name of its result. */
export type CaseResults = readonly (readonly [key: string, name: string])[];

/** Called for each lookup of a result: `isRead` is false for `in`. */
export type WatchRead = (name: string, isRead: boolean) => void;

/** The traps of `state.results`. A result is either in the replica's object or in a cell. */
export class ResultsHandler extends ObjectHandler {
  /** Called before each lookup of a result. An error thrown by it reaches the reader. */
  onRead: WatchRead | undefined;
  /** Called before any access, with the name of the result, or `"*"` for all of them. */
  onAnyRead: ((name: string | symbol) => void) | undefined;
  /** The tasks with cases: a read of such a task returns a record of the results of its cases. */
  cases: ReadonlyMap<string, CaseResults> | undefined;

  override get(target: Properties, key: string | symbol): unknown {
    this.onAnyRead?.(key);
    if (typeof key === "string") {
      this.onRead?.(key, true);
      const found = findResult(this.replica, key);
      if (found !== undefined) return found.value;
      const cases = this.cases?.get(key);
      if (cases !== undefined) return this.#record(cases);
    }
    return super.get(target, key);
  }

  /** Returns undefined if no case has a result: a task that did not run is not an empty record. */
  #record(cases: CaseResults): Properties | undefined {
    const record: Properties = {};
    let isEmpty = true;
    for (const [key, name] of cases) {
      const found = findResult(this.replica, name);
      if (found === undefined) continue;
      setProperty(record, key, found.value);
      isEmpty = false;
    }
    return isEmpty ? undefined : Object.freeze(record);
  }

  override has(target: Properties, key: string | symbol): boolean {
    this.onAnyRead?.(key);
    if (typeof key === "string") {
      this.onRead?.(key, false);
      if (this.replica.resultCells?.has(key)) return true;
      const cases = this.cases?.get(key);
      if (cases !== undefined) return this.#record(cases) !== undefined;
    }
    return super.has(target, key);
  }

  override ownKeys(target: Properties): (string | symbol)[] {
    this.onAnyRead?.("*");
    this.cursor.sync();
    return resultNames(target, this.replica.resultCells);
  }

  override getOwnPropertyDescriptor(
    target: Properties,
    key: string | symbol,
  ): PropertyDescriptor | undefined {
    this.onAnyRead?.(key);
    if (typeof key === "symbol") return super.getOwnPropertyDescriptor(target, key);
    const found = findResult(this.replica, key);
    return found && { value: found.value, writable: true, enumerable: true, configurable: true };
  }

  protected override assign(): void {
    throw new TypeError("Cannot write state.results: only the scheduler writes results");
  }

  override deleteProperty(): boolean {
    throw new TypeError("Cannot write state.results: only the scheduler writes results");
  }
}
