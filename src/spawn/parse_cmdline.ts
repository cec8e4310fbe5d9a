/**
 * The arguments of a process, as the system lists them: `/proc` ends each with a zero byte; `ps`,
 * on systems without `/proc`, separates them by spaces, which may occur within them, too.
 */
import { isGranted } from "../runtime/permissions.ts";

/** Shell code that prints the arguments of the shell's parent process. */
export const READ_CMDLINE_SCRIPT =
  `{ cat "/proc/$PPID/cmdline" || ps -ww -o args= -p "$PPID"; } 2>/dev/null`;

/** Maximum number of words that are joined to a path. */
const WORDS_MAX = 20;

/** Parses the arguments, the program first. */
export function parseCmdline(text: string): string[] {
  return text.includes("\0")
    ? text.replace(/\0$/, "").split("\0")
    : wholePaths(text.trimEnd().split(" "));
}

/** Joins words that form the path of an existing file: `--config My files/deno.json`. */
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
