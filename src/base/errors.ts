/** Errors of a request, each with a one-line reason for the user. */

/**
 * An invalid request: an option, the module, the graph or the state file. The message is one line
 * for the user; the command prints it and exits with 2.
 */
export class UsageError extends Error {
  /** `UsageError`. */
  override name = "UsageError";
}

/** A valid request that leaves no task to run. The command exits with 4. */
export class NothingToRunError extends Error {
  override name = "NothingToRunError";
}

/** The deadline of a run passed before any task could start. The command exits with 1. */
export class DeadlineError extends Error {
  override name = "DeadlineError";
}

/** A failure of the engine that tasks run on. */
export class EngineError extends Error {
  /** `EngineError`. */
  override name = "EngineError";
}
