/** Errors of a request, each with a one-line reason for the user. */

/**
 * The error of an invalid request: of an option, the module, the graph or the state file. The
 * message is one line for the user; `tdrun` prints it and exits with 2.
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

/**
 * The error of an engine that rejects commands, has lost a run, or stays unreachable during a run.
 */
export class EngineError extends Error {
  /** `EngineError`. */
  override name = "EngineError";
}
