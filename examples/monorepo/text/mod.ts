/** Text in columns. */

/** Pads a text at its end to a width, or cuts it. */
export function fit(text: string, width: number): string {
  return text.length > width ? `${text.slice(0, width - 1)}…` : text.padEnd(width);
}
