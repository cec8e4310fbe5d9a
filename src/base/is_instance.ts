/**
 * `instanceof` for what somebody else has thrown, or left to reject: it may be a proxy whose traps
 * throw, and whoever asks has nobody behind it who would catch that.
 */

/** Whether a value is of a class. Never throws. */
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

/** As it is before any code of the user's runs. */
const { isError } = Error;

/**
 * Whether a value is an error: of this realm, of another (node:vm), without a prototype, or an object with
 * the message and the stack of one. Throws where a proxy's traps do.
 */
export function isErrorLike(value: unknown): value is Error {
  if (isError(value) || value instanceof Error) return true;
  if (typeof value !== "object" || value === null || !("stack" in value)) return false;
  return typeof value.stack === "string" && "message" in value && typeof value.message === "string";
}

/** Whether a value is a promise, or behaves like one. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  const isObject = typeof value === "object" || typeof value === "function";
  return isObject && value !== null && "then" in value && typeof value.then === "function";
}
