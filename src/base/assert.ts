/**
 * Assertions about the library's own code. A failed one is a bug of this library, never of the
 * user: the command exits with 70.
 */

/** A bug of this library: please report it. */
export class InternalError extends Error {
  override name = "InternalError";
}

/**
 * Asserts that a condition holds.
 *
 * @throws {InternalError} when the condition is false.
 */
export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new InternalError(message);
}

/** Marks the branch of a switch that an exhaustive union never reaches. */
export function unreachable(value: never): never {
  throw new InternalError(`Unexpected value: ${JSON.stringify(value)}`);
}
