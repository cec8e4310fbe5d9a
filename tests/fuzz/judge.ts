/** What the command may do with any input at all. */
import { ExitCode } from "../../src/cli/exit_code.ts";
import type { Said } from "./fake_system.ts";

const REFUSALS: readonly number[] = [ExitCode.USAGE, ExitCode.NOTHING_TO_RUN];
const ENDS: readonly number[] = [...REFUSALS, ExitCode.PASSED, ExitCode.FAILED];
/** A line that people are to read. */
const LINE_MAX = 4_000;

/** Says what is wrong with what the command did, if anything is. */
export function judge(
  code: number,
  { err, out }: Said,
  args: readonly string[],
): string | undefined {
  if (!ENDS.includes(code)) return `it exits ${code}`;
  if (/Internal error/.test(err)) return "it takes the input for a bug of ours";
  if (/\[object Object\]/.test(err + out)) return "it says [object Object]";
  if (!REFUSALS.includes(code)) return;
  // A report says why there is no run.
  const isReport = args.some((arg) => /^--reporter=(json|junit|tap|trace|html)(=|$)/.test(arg));
  if (out !== "" && !isReport) return "it refuses, and prints results";
  if (args.includes("--verbose")) return;
  const told = err.replaceAll(/^Error outside of tasks.*\n( {4}at .*\n)*/gm, "");
  const lines = told.split("\n").filter((line) => !line.startsWith("Note: "));
  if (lines.pop() !== "") return "the last line has no end";
  const [line = "", ...more] = lines.filter((it) => !it.startsWith("teardownState failed"));
  if (!/^Error: \S/.test(line)) return "it refuses without a word that begins with Error";
  if (more.some((it) => !/^ {4}at /.test(it))) return "it refuses in more than one line";
  if (more.length > 0 && !err.includes("teardownState failed")) return "it shows a stack";
  if (line.length > LINE_MAX) return `its line has ${line.length} characters`;
  // deno-lint-ignore no-control-regex -- what must not get to a terminal
  if (/[\u0000-\u0008\u000b-\u001f\u007f]/.test(line)) return "its line has control characters";
  return undefined;
}
