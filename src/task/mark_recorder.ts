/** Records the functions that are marked while a module is loaded. */
import type { Trace } from "../runtime/call_sites.ts";
import type { ExportedTasks } from "./discover.ts";
import type { AnyFunction } from "./function_types.ts";
import { realm } from "./realm.ts";

/** A marked function. */
export interface RecordedMark {
  readonly fn: AnyFunction;
  /** The stack of the call that marked it, if it was captured. */
  readonly trace: Trace | undefined;
}

/** Records the functions that are marked until its disposal. */
export class MarkRecorder implements Disposable {
  readonly marks: readonly RecordedMark[];

  /** @param capture Captures the stack of a mark; by default nothing is captured. */
  constructor(capture: () => Trace | undefined = () => undefined) {
    const marks: RecordedMark[] = [];
    this.marks = marks;
    realm().recordMark = (fn) => void marks.push({ fn, trace: capture() });
  }

  [Symbol.dispose](): void {
    realm().recordMark = undefined;
  }

  /** Whether some marked function is not among the tasks of a module. */
  hasLost(exported: ExportedTasks): boolean {
    return this.marks.some(({ fn }) => exported.namesOf(fn) === undefined);
  }
}
