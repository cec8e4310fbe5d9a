/**
 * A variable that follows an async flow: an entry in the async context, which the runtime captures
 * at each `await`, timer and callback, and restores afterwards.
 *
 * The public API, AsyncLocalStorage, takes 0.5 us to enter a context (a WeakMap entry each time),
 * which is ten times the rest of acquiring a lock; a context cannot be left again; and its module
 * takes 10 to 20 ms to load in each thread. So contexts are handled as in the runtime's own
 * AsyncVariable: an object with a key for each variable, copied to enter, restored to leave. Each
 * variable verifies this behavior when it is created, and falls back to AsyncLocalStorage.
 */
import { assert } from "./assert.ts";

/** The value that the runtime captures at each `await`. */
export type AsyncContext = Readonly<Record<string, unknown>> | undefined | null;

/** A variable whose value follows the async flow. */
export interface AsyncVariable<T> {
  /** The current context; undefined if contexts cannot be read. */
  readonly context: AsyncContext;
  /** Restores a context; does nothing if contexts cannot be read. */
  restore(context: AsyncContext): void;
  /** The value in the current flow. */
  get(): T | undefined;
  /** Sets the value for the rest of the current flow and for all flows started from there. */
  enter(value: T): void;
  /** The same for another context; where contexts cannot be read, for the current one. */
  enterIn(context: AsyncContext, value: T): void;
  /** Calls `fn` with the value. */
  run<R>(value: T, fn: () => R): R;
}

/** Creates a variable. Tests pass their own `core`. */
export function createAsyncVariable<T>(
  core: RuntimeCore | undefined = runtimeCore(),
): AsyncVariable<T> {
  return core !== undefined && isAsKnown(core) ? new ContextVariable(core) : new StoredVariable();
}

/** The part of the runtime's internal API that is used here. */
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

/** Whether the runtime's contexts behave as assumed, together with variables of other code. */
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
  /** Key of this variable in the context, unique as in the runtime's AsyncVariable. */
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

  /**
   * Assigns to a copy: overriding an existing key within an object literal takes 55 ns instead of
   * 20.
   */
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

/** The part of AsyncLocalStorage that is used here. */
interface Storage<T> {
  getStore(): T | undefined;
  enterWith(value: T): void;
  run<R>(value: T, fn: () => R): R;
}

/** The fallback, which uses AsyncLocalStorage. */
export class StoredVariable<T> implements AsyncVariable<T> {
  readonly context = undefined;
  readonly #storage: Storage<T>;

  constructor() {
    const hooks = process.getBuiltinModule("node:async_hooks");
    assert(hooks, "This runtime has no node:async_hooks");
    this.#storage = new hooks.AsyncLocalStorage<T>() as Storage<T>;
  }

  restore(): void {
    // AsyncLocalStorage cannot leave a context.
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
