/** Waiting that comes to an end. */
import { primordials } from "./primordials.ts";
import { clearTimeout, setTimeout } from "./timers.ts";

/**
 * Waits for work, but not for longer than this.
 *
 * @param limitMs Milliseconds.
 * @returns Whether it came to its end in time.
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
