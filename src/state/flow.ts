/**
 * Which async flow is running. The module behind it takes 10 to 20 ms to load in each thread, so
 * it is loaded at the first use of the lock, and not before.
 */

import { assert } from "../base/assert.ts";

/** A flow that holds, held or waits for the lock. */
export interface Flow {
  /** The flow it was started from, as far as it matters to the lock. */
  readonly parent: Flow | undefined;
  /** Whether it is done with the lock; then its parent stands for it. */
  done: boolean;
}

interface FlowStorage {
  getStore(): Flow | undefined;
  enterWith(flow: Flow): void;
  run<T>(flow: Flow, fn: () => T): T;
}

/** Knows the current flow of one state's lock in this thread. */
export class Flows {
  readonly #storage: FlowStorage;

  constructor() {
    const hooks = process.getBuiltinModule("node:async_hooks");
    assert(hooks, "This runtime has no node:async_hooks");
    this.#storage = new hooks.AsyncLocalStorage<Flow>() as FlowStorage;
  }

  /** The innermost flow that is not done; undefined for code outside of any. */
  current(): Flow | undefined {
    return undone(this.#storage.getStore());
  }

  /** The rest of this flow, and all it starts, is `flow` from now on. */
  enter(flow: Flow): void {
    this.#storage.enterWith(flow);
  }

  /** Calls `fn` as part of `flow`. */
  run<T>(flow: Flow, fn: () => T): T {
    return this.#storage.run(flow, fn);
  }
}

/** The flow itself, or the nearest one above it that is not done. */
export function undone(flow: Flow | undefined): Flow | undefined {
  let current = flow;
  while (current?.done) current = current.parent;
  return current;
}

/** Whether `flow` is `ancestor`, or was started within it. */
export function isWithin(flow: Flow | undefined, ancestor: Flow): boolean {
  for (let current = flow; current !== undefined; current = current.parent) {
    if (current === ancestor) return true;
  }
  return false;
}
