/** Which async flow is running: known by an {@linkcode AsyncVariable}. */
import {
  type AsyncContext,
  type AsyncVariable,
  createAsyncVariable,
} from "../../base/async_variable.ts";

/** A flow that holds, held or waits for the lock. */
export interface AsyncFlow {
  /** The flow it was started from, as far as it matters to the lock. */
  readonly parent: AsyncFlow | undefined;
  /** Whether it is done with the lock; then its parent stands for it. */
  isDone: boolean;
  /** The context it was entered in, and the one before, while it may be left. */
  context?: AsyncContext;
  previousContext?: AsyncContext;
}

/** Knows the current flow of one state's lock in this thread. */
export class Flows {
  readonly #variable: AsyncVariable<AsyncFlow>;

  /** @param variable Other than the usual in tests. */
  constructor(variable: AsyncVariable<AsyncFlow> = createAsyncVariable()) {
    this.#variable = variable;
  }

  /** The innermost flow that is not done; undefined for code outside of any. */
  current(): AsyncFlow | undefined {
    return nearestOpenFlow(this.#variable.get());
  }

  /** The rest of this flow, and all it starts, is `flow` from now on. */
  enter(flow: AsyncFlow): void {
    const variable = this.#variable;
    flow.previousContext = variable.context;
    variable.enter(flow);
    flow.context = variable.context;
  }

  /**
   * Code that is still in the very context that `flow` entered goes back to the one before. Where contexts cannot
   * be read there is no need: the flow is done, so its parent stands for it.
   */
  leave(flow: AsyncFlow): void {
    const { context, previousContext } = flow;
    if (context === undefined) return;
    // Not kept alive by whoever captured the context meanwhile.
    flow.context = flow.previousContext = undefined;
    if (this.#variable.context === context) this.#variable.restore(previousContext);
  }

  /** Calls `fn` as part of `flow`. */
  run<T>(flow: AsyncFlow, fn: () => T): T {
    return this.#variable.run(flow, fn);
  }
}

/** The flow itself, or the nearest one above it that is not done. */
export function nearestOpenFlow(flow: AsyncFlow | undefined): AsyncFlow | undefined {
  let current = flow;
  while (current?.isDone) current = current.parent;
  return current;
}

/** Whether `flow` is `ancestor`, or was started within it. */
export function isWithin(flow: AsyncFlow | undefined, ancestor: AsyncFlow): boolean {
  for (let current = flow; current !== undefined; current = current.parent) {
    if (current === ancestor) return true;
  }
  return false;
}
