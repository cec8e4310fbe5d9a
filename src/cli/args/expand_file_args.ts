/** `--key:=@file.json`: a JSON value that is too large to be typed, or to be an argument. */
import { UsageError } from "../../base/errors.ts";
import { permissionHint } from "../../runtime/permissions.ts";
import { errorText } from "../../base/text_format.ts";
import type { System } from "../system/system.ts";

/** A name with `=` is in quotes here: without them `--result-a=b:=@c` gives the task `a` the text `b:=@c`. */
const FROM_FILE = /^(--(?:result-(?:"(?:[^"\\]|\\.)*"|[^"=]+?)|[^=:]+):=)@(.+)$/s;

/**
 * Puts what files hold in the place of their names.
 *
 * @throws {UsageError} when one cannot be read.
 */
export function expandFileArgs(args: readonly string[], system: System): string[] {
  const end = args.indexOf("--");
  return args.map((arg, at) => {
    const [, assigned, path] = FROM_FILE.exec(arg) ?? [];
    const isOption = end < 0 || at < end;
    if (assigned === undefined || !isOption) return arg;
    const text = readInputFile(path!, system, `the value of ${arg}`);
    assertJson(arg, text);
    return assigned + text;
  });
}

/** The names of those files. */
export function valueFiles(args: readonly string[]): string[] {
  const end = args.indexOf("--");
  const options = end < 0 ? args : args.slice(0, end);
  return options.flatMap((arg) => FROM_FILE.exec(arg)?.[2] ?? []);
}

/** Here, where it is known which file it is: its text may be long, and is nobody's business. */
function assertJson(arg: string, text: string): void {
  try {
    JSON.parse(text);
  } catch (error) {
    // V8 quotes what is not JSON, and says where it stands.
    const why = /at position \d+.*$|^Unexpected end.*$/s.exec((error as Error).message)?.[0];
    throw new UsageError(`Cannot read the value of ${arg}: invalid JSON${why ? `, ${why}` : ""}`);
  }
}

/**
 * The text of a file that was named to the command.
 *
 * @param what What it is, for messages.
 * @throws {UsageError} when it cannot be read.
 */
export function readInputFile(path: string, system: System, what: string): string {
  try {
    return system.readTextFile(path);
  } catch (error) {
    const why = error instanceof Deno.errors.NotFound
      ? "no such file"
      : permissionHint(error) ?? errorText(error);
    throw new UsageError(`Cannot read ${what}: ${why}`);
  }
}
