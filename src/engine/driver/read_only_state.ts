/** Why the driver does not write to a state that its workers have. */
import { StateLockError } from "../../state/shared_state.ts";

/** The error for whoever tries. */
export function stateReadOnlyError(): Error {
  return new StateLockError(
    "The state belongs to the workers while they run tasks on an engine: the driver only reads it; " +
      "write to it before or after the run, or in a task",
  );
}
