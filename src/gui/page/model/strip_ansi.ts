/** Control sequences (CSI), links and titles (OSC), and incomplete sequences. */
// deno-lint-ignore no-control-regex -- escapes are matched on purpose
const ESCAPES = /\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)?|\x1b[@-_]?/g;

/** Removes terminal escapes: assertions, for example, color differences. */
export function stripAnsi(text: string): string {
  return text.includes("\x1b") ? text.replace(ESCAPES, "") : text;
}
