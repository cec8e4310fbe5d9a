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
