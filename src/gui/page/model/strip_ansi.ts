/** What programs print for terminals, as text: assertions, for one, colour what differs. */

/** Colours and other control sequences, links and titles, and what is left of them. */
// deno-lint-ignore no-control-regex -- they are what is looked for
const ESCAPES = /\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)?|\x1b[@-_]?/g;

/** The text without what only a terminal can show. */
export function stripAnsi(text: string): string {
  return text.includes("\x1b") ? text.replace(ESCAPES, "") : text;
}
