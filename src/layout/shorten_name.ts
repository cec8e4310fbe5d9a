/** Width of a character of the canvases' monospaced font of 12 pixels. */
export const CHARACTER_WIDTH = 7.3;

/**
 * Shortens a name in the middle: long names often differ at their ends.
 *
 * @param maxLength In characters.
 */
export function shortenName(name: string, maxLength: number): string {
  if (name.length <= maxLength) return name;
  const end = Math.floor(maxLength / 3);
  return `${name.slice(0, maxLength - end - 1)}…${name.slice(-end)}`;
}
