/** Prints the end of a run: failed reporters, recap, durations, summary line. */
import { errorText, quoteList } from "../../base/text_format.ts";
import { isSuccessful, type RunView } from "../../events/run_view.ts";
import { summaryText } from "../../events/summary.ts";
import { plainStyle, type Style, styleFor } from "../../report/style.ts";
import { wrapLine } from "../../report/wrap_line.ts";
import type { RunResult } from "../../run/run_graph.ts";
import type { System } from "../system/system.ts";
import type { Request } from "../args/request.ts";
import type { TerminalOutput } from "./terminal_output.ts";
import { printError } from "../system/print_message.ts";

/** Prints the end of a run. */
export async function printSummary(
  result: RunResult,
  request: Request,
  screen: TerminalOutput,
  system: System,
): Promise<void> {
  const style = styleFor(system.isOutColored);
  for (const { error } of result.reporterFailures) {
    printError(system, `a reporter failed: ${errorText(error)}`);
  }
  const lines = await summaryLines(result, request, { style, screen, system });
  if (lines.length > 0) {
    system.out("");
    for (const line of screen.quote?.(lines) ?? lines) system.out(line);
  }
  system.out(lastLine(result.view, request.failOnFlaky, style));
}

/** `==== 5 passed, … ====` in a color that shows the outcome: passed, flaky or failed. */
function lastLine(view: RunView, failOnFlaky: boolean, style: Style): string {
  const isFlaky = view.flaky.length > 0;
  const isBad = !isSuccessful(view) || (isFlaky && failOnFlaky);
  const paint = isBad ? style.bad : isFlaky ? style.warn : style.good;
  return style.bold(paint(summaryText(view)));
}

/** The collaborators of the summary. */
interface SummarySetup {
  readonly style: Style;
  readonly screen: TerminalOutput;
  readonly system: System;
}

/** The recap and the durations. Their code is loaded on demand: most runs pass and need neither. */
async function summaryLines(
  { view }: RunResult,
  { durations: count, failOnFlaky, verbose }: Request,
  { style, screen, system }: SummarySetup,
): Promise<string[]> {
  const lines: string[] = [];
  const columns = system.terminal?.hasOut ? system.terminal.size().columns : undefined;
  if (!isSuccessful(view) || view.flaky.length > 0 || hasOwnSkips(view)) {
    const { recap } = await import("../../report/text/recap.ts");
    const { sourceLines } = await import("../system/source_lines.ts");
    const { outputOf } = screen;
    const errors = { folder: system.folder, sourceLine: sourceLines(system), columns };
    lines.push(...recap(view, style, { ...errors, outputOf, verbose }));
    if (failOnFlaky && isSuccessful(view)) lines.push(...flakyLines(view, style));
  }
  if (count > 0) {
    const { durations } = await import("../../report/text/durations.ts");
    lines.push(...durations(view, count, style));
  }
  return columns === undefined ? lines : lines.map((line) => wrapped(line, columns));
}

/** Matches lines of a source and of output, which are shown as they are. */
const QUOTED = /^ *(\d+ )?\|/;

function wrapped(line: string, columns: number): string {
  return QUOTED.test(plainStyle.sanitize(line)) ? line : wrapLine(line, columns);
}

/** Explains the failure of a run in which all tasks passed, some of them on a retry only. */
function flakyLines({ flaky, tasks }: RunView, style: Style): string[] {
  const names = quoteList(flaky.map((task) => tasks[task]!.name));
  const verb = flaky.length === 1 ? "is" : "are";
  return [`${style.bad("Failed:")} ${names} ${verb} flaky (--fail-on-flaky)`, ""];
}

/** Whether a task has skipped itself: the reason is shown again, also after a successful run. */
function hasOwnSkips({ counts, outcomes }: RunView): boolean {
  return counts.skipped > 0 &&
    outcomes.some((outcome) => outcome?.status === "skipped" && outcome.reason !== undefined);
}
