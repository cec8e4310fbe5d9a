/**
 * Where plans live. That of 10,000 tasks takes a megabyte, which a new run would get from the system page by page,
 * in the midst of its tasks, and which V8 lets lie for long in each thread: so the plan of the next run
 * gets the memory of the last one.
 *
 * Owner:          the main thread.
 * Race prevented: a thread that has not heard of a run, or was declared lost in it, comes to its plan when that is
 *                 over, and finds another run there, in which its lane is its own. So the memory is given back
 *                 only when all threads that were given the plan have said that they are through with it.
 */
import type { PlanLayout } from "./plan_layout.ts";

/** The memory of the plans of runs that follow each other. */
export class PlanBufferPool {
  #spare: SharedArrayBuffer | undefined;

  /** Memory for a plan: what was given back, if it is large enough. All but the log is zero. */
  take({ words, log }: Pick<PlanLayout, "words" | "log">): SharedArrayBuffer {
    const bytes = words * Int32Array.BYTES_PER_ELEMENT;
    const spare = this.#spare;
    this.#spare = undefined;
    if (spare === undefined || spare.byteLength < bytes) return new SharedArrayBuffer(bytes);
    new Int32Array(spare, 0, log).fill(0);
    return spare;
  }

  /** The plan is over, and nobody looks at it any more. */
  release(buffer: SharedArrayBuffer): void {
    this.#spare = buffer;
  }
}
