/** What can go wrong with the shared state, each as an error of its own. */

/**
 * A value cannot be shared between threads: the message begins with its path. Or what is shared would be
 * changed for one thread alone, as a Date in place: it says what to do instead.
 */
export class StateCloneError extends TypeError {
  /** `StateCloneError`. */
  override name = "StateCloneError";
}

/** The state has no room for a write. Nothing was changed, and the state stays usable. */
export class StateFullError extends Error {
  /** `StateFullError`. */
  override name = "StateFullError";
}

/** The state lock was asked for something that would never end, or would freeze the main thread. */
export class StateLockError extends Error {
  /** `StateLockError`. */
  override name = "StateLockError";
}

/** This thread was declared dead (a task of it timed out) and may not touch the state any more. */
export class ThreadFencedError extends Error {
  /** `ThreadFencedError`. */
  override name = "ThreadFencedError";
}

/** The error for a thread that was declared dead. */
export function fencedError(name: string): ThreadFencedError {
  return new ThreadFencedError(
    `${name} was declared dead, or has left: it may not touch the shared state any more`,
  );
}
