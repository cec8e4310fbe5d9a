/** Threads, open files and memory of this process, from /proc. */

/** Resources of a process. */
export interface Holdings {
  readonly threads: number;
  readonly files: readonly string[];
  readonly rssMiB: number;
}

/** Measures the resources of this process. */
export function holdings(): Holdings {
  return {
    threads: [...Deno.readDirSync("/proc/self/task")].length,
    files: [...Deno.readDirSync("/proc/self/fd")].flatMap(({ name }) => fileOf(name)).sort(),
    rssMiB: Math.round(Deno.memoryUsage().rss / 2 ** 20),
  };
}

/** The target of an open file; empty when the file is closed meanwhile. */
function fileOf(descriptor: string): string[] {
  try {
    return [Deno.readLinkSync(`/proc/self/fd/${descriptor}`).replace(/\d+/, "")];
  } catch {
    return [];
  }
}

/**
 * Tolerance for threads and event loops of the runtime itself, which end some time after their
 * worker: fewer new ones are not a leak. A leak grows with each batch of runs.
 */
const RUNTIME_SLACK = 4;
const LIMIT_MS = 20_000;
const POLL_MS = 20;

/**
 * Resolves when this process has about as many threads and files as before.
 *
 * @throws {Error} when threads or files have leaked.
 */
export async function settled(before: Holdings): Promise<Holdings> {
  const endMs = performance.now() + LIMIT_MS;
  for (;;) {
    const now = holdings();
    const isSettled = now.threads <= before.threads + RUNTIME_SLACK &&
      loopsOf(now) <= loopsOf(before) + RUNTIME_SLACK &&
      now.files.length - loopsOf(now) <= before.files.length - loopsOf(before);
    if (isSettled) return now;
    if (performance.now() > endMs) {
      throw new Error(`Left behind: ${Deno.inspect({ before, now }, { breakLength: Infinity })}`);
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

/** Number of descriptors of event loops: two of each. */
function loopsOf({ files }: Holdings): number {
  return files.filter((file) => file.startsWith("anon_inode:[event")).length;
}
