/** Of all that the command said to people, the line that says what went wrong. */

/**
 * The last error, in words: of the command, else of Deno, which may have failed before it. A module may
 * have said more, and a stack may follow.
 *
 * @returns Empty where nothing was said.
 */
export function errorIn(said: string): string {
  const lines = said.trimEnd().split("\n");
  const error = lines.findLast((line) => line.startsWith("Error: ")) ??
    lines.findLast((line) => line.startsWith("error: "));
  return error?.slice("Error: ".length) ?? lines.at(-1)!;
}
