/** The times at which files were changed. */

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
