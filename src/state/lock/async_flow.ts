/** The current async flow, tracked by an {@linkcode AsyncVariable}. */
import {
  type AsyncContext,
  type AsyncVariable,
  createAsyncVariable,
} from "../../base/async_variable.ts";

/** An async flow that holds, has held or waits for the lock. */
export interface AsyncFlow {
  /** The flow that started this one, as far as the lock is concerned. */
  readonly parent: AsyncFlow | undefined;
  /** Whether the flow has released the lock; then its parent counts in its place. */
  isDone: boolean;
  /** The async context that the flow entered, and the previous one, until the flow is left. */
  context?: AsyncContext;
  previousContext?: AsyncContext;
}

/** Tracks the current flow of one state's lock in this thread. */
export class Flows {
  readonly #variable: AsyncVariable<AsyncFlow>;

  /** @param variable Tests pass another one. */
  constructor(variable: AsyncVariable<AsyncFlow> = createAsyncVariable()) {
    this.#variable = variable;
  }

  /** The innermost flow that is not done; undefined for code outside of all flows. */
  current(): AsyncFlow | undefined {
    return nearestOpenFlow(this.#variable.get());
  }

  /** Makes `flow` the current flow of the rest of the calling code and of all that it starts. */
  enter(flow: AsyncFlow): void {
    const variable = this.#variable;
    flow.previousContext = variable.context;
    variable.enter(flow);
    flow.context = variable.context;
  }

  /**
   * Restores the previous context if the caller is still in the context that `flow` entered. Where
   * contexts cannot be read this is not needed: the flow is done, so its parent counts instead.
   */
  leave(flow: AsyncFlow): void {
    const { context, previousContext } = flow;
    if (context === undefined) return;
    // Code that captured the context in the meantime must not keep it alive.
    flow.context = flow.previousContext = undefined;
    if (this.#variable.context === context) this.#variable.restore(previousContext);
  }

  /** Calls `fn` within `flow`. */
  run<T>(flow: AsyncFlow, fn: () => T): T {
    return this.#variable.run(flow, fn);
  }
}

/** The flow itself, or its nearest ancestor that is not done. */
export function nearestOpenFlow(flow: AsyncFlow | undefined): AsyncFlow | undefined {
  let current = flow;
  while (current?.isDone) current = current.parent;
  return current;
}

/** Whether `flow` is `ancestor` or one of its descendants. */
export function isWithin(flow: AsyncFlow | undefined, ancestor: AsyncFlow): boolean {
  for (let current = flow; current !== undefined; current = current.parent) {
    if (current === ancestor) return true;
  }
  return false;
}
