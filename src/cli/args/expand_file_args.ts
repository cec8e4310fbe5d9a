/** `--key:=@file.json`: a JSON value from a file, for values too large for an argument. */
import { UsageError } from "../../base/errors.ts";
import { permissionHint } from "../../runtime/permissions.ts";
import { errorText } from "../../base/text_format.ts";
import type { System } from "../system/system.ts";

/**
 * Matches an assignment whose value is a file. A task name that contains `=` must be quoted:
 * without quotes, `--result-a=b:=@c` sets the result of the task `a` to the text `b:=@c`.
 */
const FILE_VALUE = /^(--(?:result-(?:"(?:[^"\\]|\\.)*"|[^"=]+?)|[^=:]+):=)@(.+)$/s;

/**
 * Replaces `@file` values with the contents of the files.
 *
 * @throws {UsageError} if a file cannot be read or is not valid JSON.
 */
export function expandFileArgs(args: readonly string[], system: System): string[] {
  const end = args.indexOf("--");
  return args.map((arg, i) => {
    const [, assignment, path] = FILE_VALUE.exec(arg) ?? [];
    const isOption = end < 0 || i < end;
    if (assignment === undefined || !isOption) return arg;
    const text = readInputFile(path!, system, `the value of ${arg}`);
    assertJson(arg, text);
    return assignment + text;
  });
}

/** Lists the files of `@file` values, as typed. */
export function valueFiles(args: readonly string[]): string[] {
  const end = args.indexOf("--");
  const options = end < 0 ? args : args.slice(0, end);
  return options.flatMap((arg) => FILE_VALUE.exec(arg)?.[2] ?? []);
}

/** Throws unless a file is valid JSON. The error omits its text, which may be long or secret. */
function assertJson(arg: string, text: string): void {
  try {
    JSON.parse(text);
  } catch (error) {
    // V8 quotes the invalid text before its position; only the position is reported.
    const reason = /at position \d+.*$|^Unexpected end.*$/s.exec((error as Error).message)?.[0];
    throw new UsageError(
      `Cannot read the value of ${arg}: invalid JSON${reason ? `, ${reason}` : ""}`,
    );
  }
}

/**
 * Reads a file that was given on the command line.
 *
 * @param purpose The purpose of the file, for messages: `the state file`.
 * @throws {UsageError} if the file cannot be read.
 */
export function readInputFile(path: string, system: System, purpose: string): string {
  try {
    return system.readTextFile(path);
  } catch (error) {
    const reason = error instanceof Deno.errors.NotFound
      ? "no such file"
      : permissionHint(error) ?? errorText(error);
    throw new UsageError(`Cannot read ${purpose}: ${reason}`);
  }
}
