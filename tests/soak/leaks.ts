/** What a process holds: threads, open files, memory. Linux tells. */

/** How much there is of each. */
export interface Holdings {
  readonly threads: number;
  readonly files: number;
  readonly rssMiB: number;
}

/** What this process holds now. */
export function holdings(): Holdings {
  return {
    threads: [...Deno.readDirSync("/proc/self/task")].length,
    files: [...Deno.readDirSync("/proc/self/fd")].length,
    rssMiB: Math.round(Deno.memoryUsage().rss / 2 ** 20),
  };
}

/** Threads come and go with what the runtime does by itself: this many more are no leak. */
const THREADS_SLACK = 4;
const LIMIT_MS = 20_000;
const LOOK_EVERY_MS = 20;

/**
 * Resolves when this process holds no more threads and files than it did, but for a few.
 *
 * @throws {Error} when that does not come about: something was left behind.
 */
export async function settled(before: Holdings): Promise<Holdings> {
  const endMs = performance.now() + LIMIT_MS;
  for (;;) {
    const now = holdings();
    const { threads, files } = now;
    if (threads <= before.threads + THREADS_SLACK && files <= before.files) return now;
    if (performance.now() > endMs) {
      throw new Error(`Left behind: ${JSON.stringify({ before, now })}`);
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
}
