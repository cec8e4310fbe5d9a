/**
 * Statements about our own code. A failed one is a bug of ours, never of the user: the command line
 * turns it into exit code 70.
 */

/** A statement about this library's own code turned out to be false: please report it. */
export class InternalError extends Error {
  override name = "InternalError";
}

/**
 * States that `condition` holds.
 *
 * @throws {InternalError} when it does not.
 */
export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new InternalError(message);
}

/** Marks the arm of a switch that a complete union cannot reach. */
export function unreachable(value: never): never {
  throw new InternalError(`Unexpected value: ${JSON.stringify(value)}`);
}
