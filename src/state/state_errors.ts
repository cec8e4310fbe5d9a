/** The errors of the shared state. */

/**
 * The error of a value that cannot be shared between threads, such as a function or an instance of
 * a class: the message starts with its path. Also thrown where a change would affect one thread
 * alone, as that of a Date in place; the message has the alternative.
 *
 * ```ts
 * import { Scheduler, StateCloneError } from "@thread-order/cli";
 *
 * const s = new Scheduler({ mode: "inline" });
 * try {
 *   s.state.callback = () => {};
 * } catch (error) {
 *   console.log(error instanceof StateCloneError); // true
 * }
 * ```
 */
export class StateCloneError extends TypeError {
  /** `StateCloneError`. */
  override name = "StateCloneError";
}

/**
 * The error of a write past the maximum size of the shared state, 1 GiB. The write has changed
 * nothing, and the state stays usable.
 */
export class StateFullError extends Error {
  /** `StateFullError`. */
  override name = "StateFullError";
}

/**
 * The error of a request of the state lock that would never end, or would block the main thread.
 * The message has the alternative.
 */
export class StateLockError extends Error {
  /** `StateLockError`. */
  override name = "StateLockError";
}

/**
 * The error of access to the state by a thread that was declared lost, because its task did not end
 * after its timeout. Such a thread cannot change the state any more.
 */
export class ThreadFencedError extends Error {
  /** `ThreadFencedError`. */
  override name = "ThreadFencedError";
}

/** Creates the error of a fenced thread. */
export function fencedError(name: string): ThreadFencedError {
  return new ThreadFencedError(
    `Cannot access the shared state: ${name} was declared lost, or has left the state`,
  );
}
