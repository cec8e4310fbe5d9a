/** The errors of the shared state. */

/**
 * A value cannot be shared between threads: the message starts with its path. Or a change would
 * affect one thread alone, as that of a Date in place: the message has the alternative.
 */
export class StateCloneError extends TypeError {
  /** `StateCloneError`. */
  override name = "StateCloneError";
}

/** A write exceeds the maximum size. Nothing was changed, and the state stays usable. */
export class StateFullError extends Error {
  /** `StateFullError`. */
  override name = "StateFullError";
}

/** A request of the state lock would never end, or would block the main thread. */
export class StateLockError extends Error {
  /** `StateLockError`. */
  override name = "StateLockError";
}

/** This thread was declared lost (its task timed out) and may not access the state any more. */
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
