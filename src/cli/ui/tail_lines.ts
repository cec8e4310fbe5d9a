/**
 * The lines of a file that a process is writing. A file is theirs alone: the standard output of a process
 * belongs to all that it starts, and whatever these print would stand among the lines.
 */
import { clearTimeout, setTimeout } from "../../runtime/timers.ts";

/** So long one waits for more. */
const POLL_MS = 25;

/** Who writes, and who reads. */
export interface TailOptions {
  /** Resolves when nothing more is written. */
  readonly exited: Promise<void>;
  /** Called when all has been read. */
  readonly onEnd: () => void;
}

/** Each line, as soon as it is whole. */
export async function* tailLines(
  path: string,
  { exited, onEnd }: TailOptions,
): AsyncGenerator<string> {
  let hasExited = false;
  let wake = () => {};
  // Once: what waits for a promise is kept until that is settled, and a run may go on for days.
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
      const isLast = hasExited; // asked before one reads: all was written by then
      let count: number | null = null;
      try {
        file ??= await Deno.open(path);
        count = await file.read(bytes);
      } catch (error) {
        if (isLast) throw error; // else it may go better next time: too many files are open, say
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
