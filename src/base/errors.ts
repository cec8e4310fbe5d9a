/** Errors of a request: what the user asked for cannot be done, and one line says why. */

/**
 * What was asked for is wrong: an option, the module, the graph or the state file. The message is
 * one line for the user; the command line prints it and exits with 2.
 */
export class UsageError extends Error {
  /** `UsageError`. */
  override name = "UsageError";
}

/** The request is right, but leaves no task to run. The command line exits with 4. */
export class NothingToRunError extends Error {
  override name = "NothingToRunError";
}

/** The deadline of a run has come before any of its tasks could start. The command line exits with 1. */
export class DeadlineError extends Error {
  override name = "DeadlineError";
}

/** The engine that tasks run on does not do what it is there for. */
export class EngineError extends Error {
  /** `EngineError`. */
  override name = "EngineError";
}
