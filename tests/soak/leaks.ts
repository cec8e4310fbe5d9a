/** What a process holds: threads, open files, memory. Linux tells. */

/** How much there is of each. */
export interface Holdings {
  readonly threads: number;
  readonly files: readonly string[];
  readonly rssMiB: number;
}

/** What this process holds now. */
export function holdings(): Holdings {
  return {
    threads: [...Deno.readDirSync("/proc/self/task")].length,
    files: [...Deno.readDirSync("/proc/self/fd")].flatMap(({ name }) => fileOf(name)).sort(),
    rssMiB: Math.round(Deno.memoryUsage().rss / 2 ** 20),
  };
}

/** What an open file is; nothing when it is no longer, like the folder that is being read. */
function fileOf(descriptor: string): string[] {
  try {
    return [Deno.readLinkSync(`/proc/self/fd/${descriptor}`).replace(/\d+/, "")];
  } catch {
    return [];
  }
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
    if (threads <= before.threads + THREADS_SLACK && files.length <= before.files.length) {
      return now;
    }
    if (performance.now() > endMs) {
      throw new Error(`Left behind: ${Deno.inspect({ before, now }, { breakLength: Infinity })}`);
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
}
