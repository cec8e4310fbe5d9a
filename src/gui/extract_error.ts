/** Of all that the command said to people, the line that says what went wrong. */

/** Errors of the request, of a hook of the module, and of what it has left behind. */
const ERROR_LINE =
  /^(Error: |Error outside of tasks|Internal error|(setupState|teardownState) failed: )/;

/**
 * The last error, in words: of the command, else of Deno, which may have failed before it. A module may
 * have said more, and a stack may follow.
 *
 * @returns Empty where nothing was said.
 */
export function extractError(output: string): string {
  const lines = output.trimEnd().split("\n");
  const error = lines.findLast((line) => ERROR_LINE.test(line)) ??
    lines.findLast((line) => line.startsWith("error: "));
  return error?.replace(/^error: /i, "") ?? lines.at(-1)!;
}
