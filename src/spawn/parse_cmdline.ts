/**
 * The arguments of a process, as the system tells them: `/proc` ends each with a zero byte; `ps`, where there
 * is no `/proc`, puts spaces between them, and there may be some in them.
 */
import { isGranted } from "../runtime/permissions.ts";

/** Has a shell tell those of the process that has started it. */
export const READ_CMDLINE_SCRIPT =
  `{ cat "/proc/$PPID/cmdline" || ps -ww -o args= -p "$PPID"; } 2>/dev/null`;

/** A path is looked for in so many words. */
const WORDS_MAX = 20;

/** The arguments that such a text has, the program first. */
export function parseCmdline(text: string): string[] {
  return text.includes("\0")
    ? text.replace(/\0$/, "").split("\0")
    : wholePaths(text.trimEnd().split(" "));
}

/** Puts words together again that are the path of something there is: `--config My files/deno.json`. */
function wholePaths(words: readonly string[]): string[] {
  const args: string[] = [];
  for (let at = 0; at < words.length;) {
    const option = words.findIndex((word, index) => index > at && word.startsWith("-"));
    let end = Math.min(option < 0 ? words.length : option, at + WORDS_MAX);
    const joined = () => words.slice(at, end).join(" ");
    while (end > at + 1 && !isThere(joined().replace(/^--?[\w-]+=/, ""))) end--;
    args.push(joined());
    at = end;
  }
  return args;
}

function isThere(path: string): boolean {
  try {
    return isGranted({ name: "read", path }) && Deno.statSync(path) !== undefined;
  } catch {
    return false;
  }
}
