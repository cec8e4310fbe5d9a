/** Records the functions that are marked, and the resources, while a module is loaded. */
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

/** A resource. */
export interface RecordedResource {
  readonly resource: object;
  /** The stack of the call that created it. */
  readonly trace: Trace;
}

/** Options of {@linkcode MarkRecorder}. */
export interface MarkRecorderOptions {
  /** Captures the stack of a mark; by default nothing is captured. */
  readonly captureMark?: (() => Trace) | undefined;
  /** Captures the stack of a resource; by default resources are not recorded. */
  readonly captureResource?: (() => Trace) | undefined;
}

/** Records the functions that are marked until its disposal. */
export class MarkRecorder implements Disposable {
  readonly marks: readonly RecordedMark[];
  readonly resources: readonly RecordedResource[];

  constructor({ captureMark, captureResource }: MarkRecorderOptions = {}) {
    const marks: RecordedMark[] = [];
    const resources: RecordedResource[] = [];
    this.marks = marks;
    this.resources = resources;
    realm().recordMark = (fn) => void marks.push({ fn, trace: captureMark?.() });
    if (captureResource === undefined) return;
    realm().recordResource = (resource) =>
      void resources.push({ resource, trace: captureResource() });
  }

  [Symbol.dispose](): void {
    realm().recordMark = realm().recordResource = undefined;
  }

  /** Whether some marked function is not among the tasks of a module. */
  hasLost(exported: ExportedTasks): boolean {
    return this.marks.some(({ fn }) => exported.namesOf(fn) === undefined);
  }
}
