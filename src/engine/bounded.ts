/** Waiting that comes to an end. */

/**
 * Waits for work, but not for longer than this.
 *
 * @param limitMs Milliseconds.
 */
export async function bounded(work: Promise<unknown>, limitMs: number): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<void>((resolve) => timer = setTimeout(resolve, limitMs));
  try {
    await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
