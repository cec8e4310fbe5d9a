/** What an exit code of the command tells. */

/** Whether it ended since it was asked to: by a signal, or by force (null). */
export function wasAskedToEnd(code: number | null): boolean {
  return code === null || code === 130 || code === 143;
}
