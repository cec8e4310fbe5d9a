/** Usage errors, errors of hooks, and errors of leaked promises and timers. */
const ERROR_LINE =
  /^(Error: |Error outside of tasks|Internal error|(setupState|teardownState) failed: )/;

/**
 * Finds the last error message in the output of the command: one of the command, else one of Deno,
 * which may have failed before the command started. Other output and a stack may surround it.
 *
 * @returns The last line when no line is an error; empty without output.
 */
export function extractError(output: string): string {
  const lines = output.trimEnd().split("\n");
  const error = lines.findLast((line) => ERROR_LINE.test(line)) ??
    lines.findLast((line) => line.startsWith("error: "));
  return error?.replace(/^error: /i, "") ?? lines.at(-1)!;
}
