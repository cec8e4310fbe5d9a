/** Bounded waiting for a promise. */
import { primordials } from "./primordials.ts";
import { clearTimeout, setTimeout } from "./timers.ts";

/**
 * Waits until a promise settles, at most for a time limit.
 *
 * @param limitMs Time limit in milliseconds.
 * @returns Whether the promise was fulfilled within the limit.
 * @throws the promise's rejection.
 */
export async function settlesWithin(work: Promise<unknown>, limitMs: number): Promise<boolean> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new primordials.Promise<false>((resolve) =>
    timer = setTimeout(() => resolve(false), limitMs)
  );
  try {
    return await Promise.race([work.then(() => true), late]);
  } finally {
    clearTimeout(timer);
  }
}
