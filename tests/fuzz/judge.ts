/** Invariants of the command for any input. */
import { ExitCode } from "../../src/cli/exit_code.ts";
import type { CommandOutput } from "./fake_system.ts";

const REJECTION_CODES: readonly number[] = [ExitCode.USAGE, ExitCode.NOTHING_TO_RUN];
const EXIT_CODES: readonly number[] = [...REJECTION_CODES, ExitCode.PASSED, ExitCode.FAILED];
/** Maximum length of an error line, in characters. */
const LINE_MAX = 4_000;
/** A line of source below the error of a module that cannot be loaded, or the caret below it. */
const EXCERPT = /^ *(\d+)? \|/;

/** Checks the exit code and the output. Returns the problem, or undefined. */
export function judge(
  code: number,
  { err, out }: CommandOutput,
  args: readonly string[],
): string | undefined {
  if (!EXIT_CODES.includes(code)) return `unexpected exit code ${code}`;
  if (/Internal error/.test(err)) return "the input causes an internal error";
  if (/\[object Object\]/.test(err + out)) return "the output contains [object Object]";
  if (!REJECTION_CODES.includes(code)) return;
  // Reports are written on errors, too.
  const isReport = args.some((arg) => /^--reporter=(json|junit|tap|trace|html)(=|$)/.test(arg));
  if (out !== "" && !isReport) return "a usage error, and results on stdout";
  if (args.includes("--verbose")) return;
  const withoutStrayErrors = err.replaceAll(/^Error outside of tasks.*\n( {4}at .*\n)*/gm, "");
  const lines = withoutStrayErrors.split("\n")
    .filter((line) => !line.startsWith("Note: ") && !EXCERPT.test(line));
  if (lines.pop() !== "") return "the last line has no line feed";
  const [line = "", ...more] = lines.filter((it) => !it.startsWith("teardownState failed"));
  if (!/^Error: \S/.test(line)) return "the error line does not begin with Error";
  if (more.some((it) => !/^ {4}at /.test(it))) return "the error has more than one line";
  if (more.length > 0 && !err.includes("teardownState failed")) return "the error has a stack";
  if (line.length > LINE_MAX) return `the error line has ${line.length} characters`;
  // deno-lint-ignore no-control-regex -- forbidden in terminal output
  if (/[\u0000-\u0008\u000b-\u001f\u007f]/.test(line)) {
    return "the error line has control characters";
  }
  return undefined;
}
