/**
 * A value that an async flow carries with it: a note in the async context, which the runtime captures
 * at each `await`, timer and callback, and puts back after it.
 *
 * The public way to it, AsyncLocalStorage, takes 0.5 us to enter a context (a WeakMap entry each
 * time), ten times the rest of an acquired lock, cannot leave it again, and its module takes 10 to
 * 20 ms to load in each thread. So contexts are handled as the runtime's own AsyncVariable does it:
 * an object with a key for each variable, copied to enter, put back to leave. Whether that still
 * holds is tried out once for each variable; where it does not, AsyncLocalStorage does the work.
 */
import { assert } from "./assert.ts";

/** What the runtime captures at each `await`. */
export type AsyncContext = Readonly<Record<string, unknown>> | undefined | null;

/** See the head of this file. */
export interface AsyncVariable<T> {
  /** The context of the code that asks; undefined where contexts cannot be read. */
  readonly context: AsyncContext;
  /** Puts a context back; does nothing where contexts cannot be read. */
  restore(context: AsyncContext): void;
  /** The value in the current flow. */
  get(): T | undefined;
  /** Sets the value for the rest of the current flow, and for all it starts. */
  enter(value: T): void;
  /** Does the same in another context, where contexts can be read. */
  enterIn(context: AsyncContext, value: T): void;
  /** Calls `fn` with the value. */
  run<R>(value: T, fn: () => R): R;
}

/** Creates a variable. Tests pass a `core` of their own. */
export function createAsyncVariable<T>(
  core: RuntimeCore | undefined = runtimeCore(),
): AsyncVariable<T> {
  return core !== undefined && isAsKnown(core) ? new ContextVariable(core) : new StoredVariable();
}

/** What the runtime offers to its own modules. */
export interface RuntimeCore {
  getAsyncContext(): AsyncContext;
  setAsyncContext(context: AsyncContext): void;
  AsyncVariable: new () => { enter(value: unknown): unknown; get(): unknown };
}

function runtimeCore(): RuntimeCore | undefined {
  const runtime = Deno as unknown as
    & { internal?: symbol }
    & Record<symbol, { core?: RuntimeCore }>;
  return runtime.internal && runtime[runtime.internal]?.core;
}

/** Whether contexts of ours and variables of others go together. */
function isAsKnown(core: RuntimeCore): boolean {
  let before: AsyncContext;
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

class ContextVariable<T> implements AsyncVariable<T> {
  readonly #get: () => AsyncContext;
  readonly #set: (context: AsyncContext) => void;
  /** Each variable has a key of its own, as each AsyncVariable has. */
  readonly #key = `thread-order ${count++}`;

  constructor(core: RuntimeCore) {
    this.#get = core.getAsyncContext;
    this.#set = core.setAsyncContext;
  }

  get context(): AsyncContext {
    return this.#get();
  }

  restore(context: AsyncContext): void {
    this.#set(context);
  }

  get(): T | undefined {
    return this.#get()?.[this.#key] as T | undefined;
  }

  enter(value: T): void {
    this.enterIn(this.#get(), value);
  }

  /** Assigned to a copy: as part of the literal, a key that it has already takes 55 ns in place of 20. */
  enterIn(context: AsyncContext, value: T): void {
    const entered: Record<string, unknown> = { ...context };
    entered[this.#key] = value;
    this.#set(entered);
  }

  run<R>(value: T, fn: () => R): R {
    const before = this.#get();
    this.enterIn(before, value);
    try {
      return fn();
    } finally {
      this.#set(before);
    }
  }
}

/** The part of an AsyncLocalStorage that is used here. */
interface Storage<T> {
  getStore(): T | undefined;
  enterWith(value: T): void;
  run<R>(value: T, fn: () => R): R;
}

/** The same by public means. */
export class StoredVariable<T> implements AsyncVariable<T> {
  readonly context = undefined;
  readonly #storage: Storage<T>;

  constructor() {
    const hooks = process.getBuiltinModule("node:async_hooks");
    assert(hooks, "This runtime has no node:async_hooks");
    this.#storage = new hooks.AsyncLocalStorage<T>() as Storage<T>;
  }

  restore(): void {
    // A storage can be entered, and not left.
  }

  get(): T | undefined {
    return this.#storage.getStore();
  }

  enter(value: T): void {
    this.#storage.enterWith(value);
  }

  enterIn(_context: AsyncContext, value: T): void {
    this.#storage.enterWith(value);
  }

  run<R>(value: T, fn: () => R): R {
    return this.#storage.run(value, fn);
  }
}
