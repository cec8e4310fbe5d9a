/**
 * Reuses the memory of plans. The plan of 10,000 tasks takes a megabyte. A new run would get that
 * from the system page by page, in the midst of its tasks, and V8 frees the old one late in each
 * thread: so the plan of the next run gets the memory of the last one.
 *
 * Owner:          the main thread.
 * Race prevented: a thread that has not received a run, or was declared lost in it, attaches to the
 *                 plan of that run after its end, and finds another run there, in which its lane is
 *                 valid. So the memory is released only when all threads that were given the plan
 *                 have confirmed that they no longer use it.
 */
import type { PlanLayout } from "./plan_layout.ts";

/** The memory of the plans of consecutive runs. */
export class PlanBufferPool {
  #spare: SharedArrayBuffer | undefined;

  /**
   * Returns memory for a plan: the released buffer, if that is large enough. All but the log is
   * zero.
   */
  take({ words, log }: Pick<PlanLayout, "words" | "log">): SharedArrayBuffer {
    const bytes = words * Int32Array.BYTES_PER_ELEMENT;
    const spare = this.#spare;
    this.#spare = undefined;
    if (spare === undefined || spare.byteLength < bytes) return new SharedArrayBuffer(bytes);
    new Int32Array(spare, 0, log).fill(0);
    return spare;
  }

  /** Takes back the memory of a finished plan. No thread may access that plan any more. */
  release(buffer: SharedArrayBuffer): void {
    this.#spare = buffer;
  }
}
