/** The times at which files were changed. */
import { epochNowMs } from "../runtime/clock.ts";

/** Margin of the times of files, in ms: a kernel rounds them down to its tick. */
export const FILE_TIME_MARGIN_MS = 10;

/**
 * Returns the time at which a file was last written or renamed, in ms since 1970.
 *
 * @throws when the file cannot be read.
 */
export function fileChangedAtMs(path: string): number {
  const { mtime, ctime } = Deno.statSync(path);
  return Math.max(mtime?.getTime() ?? 0, ctime?.getTime() ?? 0);
}

/** Resolution of `ctime` in Deno, in ms. */
const CTIME_RESOLUTION_MS = 1000;

/** Returns a text that differs after each change of a file that {@linkcode isSettled}. */
export function fileStamp({ mtime, ctime, size, dev, ino, mode }: Deno.FileInfo): string {
  return [mtime?.getTime(), ctime?.getTime(), size, dev, ino, mode].join();
}

/** Whether the last change of a file was before the margins of its times, so that another shows. */
export function isSettled({ mtime, ctime }: Deno.FileInfo): boolean {
  if (mtime === null || ctime === null) return false;
  const changedMs = Math.max(mtime.getTime(), ctime.getTime() + CTIME_RESOLUTION_MS);
  return changedMs < epochNowMs() - FILE_TIME_MARGIN_MS;
}
