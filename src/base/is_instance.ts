/**
 * Type tests for values of user code, such as thrown errors: a value may be a proxy whose traps
 * throw.
 */

/** Whether a value is an instance of a class. Never throws. */
export function isInstance<T>(
  value: unknown,
  type: abstract new (...args: never[]) => T,
): value is T {
  try {
    return value instanceof type;
  } catch {
    return false;
  }
}

/** Captured before user code runs. */
const { isError } = Error;

/**
 * Whether a value is an error: of this realm, of another (node:vm), without a prototype, or an
 * object with a message and a stack. Throws if a proxy's trap throws.
 */
export function isErrorLike(value: unknown): value is Error {
  if (isError(value) || value instanceof Error) return true;
  if (typeof value !== "object" || value === null || !("stack" in value)) return false;
  return typeof value.stack === "string" && "message" in value && typeof value.message === "string";
}

/** Whether a value is a promise or has a `then` method. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  const isObject = typeof value === "object" || typeof value === "function";
  return isObject && value !== null && "then" in value && typeof value.then === "function";
}
