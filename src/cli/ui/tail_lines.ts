/**
 * Follows a file that a process is writing, like `tail -f`. The process writes a file rather than
 * its standard output, which the processes it starts share: their output would mix with the lines.
 */
import { clearTimeout, setTimeout } from "../../runtime/timers.ts";

/** Interval between two reads, in milliseconds: a compromise between latency and idle wakeups. */
const POLL_MS = 25;

/** Options of {@linkcode tailLines}. */
export interface TailOptions {
  /** Resolves when the writer has exited. */
  readonly exited: Promise<void>;
  /** Called when the last line was read, or reading was stopped. */
  readonly onEnd: () => void;
}

/** Yields each line as soon as it is complete. */
export async function* tailLines(
  path: string,
  { exited, onEnd }: TailOptions,
): AsyncGenerator<string> {
  let hasExited = false;
  let wake = () => {};
  // Subscribes once: each `then` is kept until the promise settles, and a run may take days.
  void exited.then(() => {
    hasExited = true;
    wake();
  });
  let file: Deno.FsFile | undefined;
  try {
    const decoder = new TextDecoder();
    const bytes = new Uint8Array(256 * 1024);
    let rest = "";
    for (;;) {
      // Checked before reading: once the writer has exited, a read at the end of the file is final.
      const isLast = hasExited;
      let count: number | null = null;
      try {
        file ??= await Deno.open(path);
        count = await file.read(bytes);
      } catch (error) {
        if (isLast) throw error; // else retried: there may be too many open files
      }
      if (count === null && isLast) return;
      if (count === null) {
        const { promise, resolve } = Promise.withResolvers<void>();
        const timer = setTimeout(wake = resolve, hasExited ? 0 : POLL_MS);
        await promise;
        clearTimeout(timer);
        continue;
      }
      const lines = (rest + decoder.decode(bytes.subarray(0, count), { stream: true })).split("\n");
      rest = lines.pop()!;
      yield* lines;
    }
  } finally {
    file?.close();
    onEnd();
  }
}
