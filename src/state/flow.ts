/**
 * Which async flow is running: known by a note in the async context, which the runtime captures at
 * each `await` and puts back after it.
 *
 * The public way to it, AsyncLocalStorage, takes 0.5 us to enter a context (a WeakMap entry each
 * time), ten times the rest of an acquired lock, cannot leave it again, and its module takes 10 to
 * 20 ms to load in each thread. So contexts are handled as the runtime's own AsyncVariable does it:
 * an object with a key for each variable, copied to enter, put back to leave. Whether that still
 * holds is tried out once in each thread; where it does not, AsyncLocalStorage does the work.
 */

import { assert } from "../base/assert.ts";

/** A flow that holds, held or waits for the lock. */
export interface Flow {
  /** The flow it was started from, as far as it matters to the lock. */
  readonly parent: Flow | undefined;
  /** Whether it is done with the lock; then its parent stands for it. */
  done: boolean;
  /** The context it was entered in, and the one before, while it may be left. */
  context?: Context | undefined;
  before?: Context | undefined;
}

/** What the runtime captures at each `await`. */
type Context = Readonly<Record<string, unknown>> | undefined | null;

/** Knows the current flow of one state's lock in this thread. */
export interface Flows {
  /** The innermost flow that is not done; undefined for code outside of any. */
  current(): Flow | undefined;
  /** The rest of this flow, and all it starts, is `flow` from now on. */
  enter(flow: Flow): void;
  /** Code that is still in the very context that `flow` entered goes back to the one before. */
  leave(flow: Flow): void;
  /** Calls `fn` as part of `flow`. */
  run<T>(flow: Flow, fn: () => T): T;
}

/** The flows of a lock. Tests pass a `core` of their own. */
export function makeFlows(core: Core | undefined = runtimeCore()): Flows {
  return core !== undefined && isAsKnown(core) ? new ContextFlows(core) : new StoredFlows();
}

/** What the runtime offers to its own modules. */
export interface Core {
  getAsyncContext(): Context;
  setAsyncContext(context: Context): void;
  AsyncVariable: new () => { enter(value: unknown): unknown; get(): unknown };
}

function runtimeCore(): Core | undefined {
  const runtime = Deno as unknown as { internal?: symbol } & Record<symbol, { core?: Core }>;
  return runtime.internal && runtime[runtime.internal]?.core;
}

/** Whether contexts of ours and variables of others go together. */
function isAsKnown(core: Core): boolean {
  let before: Context;
  try {
    before = core.getAsyncContext();
    const [outer, inner] = [new core.AsyncVariable(), new core.AsyncVariable()];
    outer.enter("outer");
    const context = { ...core.getAsyncContext(), probe: "probe" };
    core.setAsyncContext(context);
    if (core.getAsyncContext() !== context) return false;
    inner.enter("inner");
    const seen = [outer.get(), core.getAsyncContext()?.probe, inner.get()];
    core.setAsyncContext(before);
    return seen.join() === "outer,probe,inner" && core.getAsyncContext() === before;
  } catch {
    return false;
  } finally {
    core.setAsyncContext?.(before);
  }
}

let count = 0;

class ContextFlows implements Flows {
  readonly #get: () => Context;
  readonly #set: (context: Context) => void;
  /** Each lock has a key of its own, as each AsyncVariable has. */
  readonly #key = `thread-order lock ${count++}`;

  constructor(core: Core) {
    this.#get = core.getAsyncContext;
    this.#set = core.setAsyncContext;
  }

  current(): Flow | undefined {
    return undone(this.#get()?.[this.#key] as Flow | undefined);
  }

  enter(flow: Flow): void {
    flow.before = this.#get();
    flow.context = { ...flow.before, [this.#key]: flow };
    this.#set(flow.context);
  }

  leave(flow: Flow): void {
    const { context, before } = flow;
    if (context === undefined) return;
    // Not kept alive by whoever captured the context meanwhile.
    flow.context = flow.before = undefined;
    if (this.#get() === context) this.#set(before);
  }

  run<T>(flow: Flow, fn: () => T): T {
    const before = this.#get();
    this.#set({ ...before, [this.#key]: flow });
    try {
      return fn();
    } finally {
      this.#set(before);
    }
  }
}

interface FlowStorage {
  getStore(): Flow | undefined;
  enterWith(flow: Flow): void;
  run<T>(flow: Flow, fn: () => T): T;
}

/** The same by public means. */
export class StoredFlows implements Flows {
  readonly #storage: FlowStorage;

  constructor() {
    const hooks = process.getBuiltinModule("node:async_hooks");
    assert(hooks, "This runtime has no node:async_hooks");
    this.#storage = new hooks.AsyncLocalStorage<Flow>() as FlowStorage;
  }

  current(): Flow | undefined {
    return undone(this.#storage.getStore());
  }

  enter(flow: Flow): void {
    this.#storage.enterWith(flow);
  }

  leave(): void {
    // A storage can be entered, and not left: the flow is done, so its parent stands for it.
  }

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
