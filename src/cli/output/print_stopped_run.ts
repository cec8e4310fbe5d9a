/** Prints the summary of a run that was stopped before its tasks had ended. */
import type { RunView } from "../../events/run_view.ts";
import { summaryText } from "../../events/summary.ts";
import { styleFor } from "../../report/style.ts";
import { recap } from "../../report/text/recap.ts";
import { sourceLines } from "../system/source_lines.ts";
import type { Request } from "../args/request.ts";
import type { System } from "../system/system.ts";
import type { TerminalOutput } from "./terminal_output.ts";

/** The collaborators of a summary. */
export interface StoppedRunSetup {
  readonly request: Request;
  readonly screen: TerminalOutput;
  readonly system: System;
}

/** Removes the live display, and prints the recap and the counts, without waiting for anything. */
export function printStoppedRun(
  view: RunView,
  { request: { verbose }, screen, system }: StoppedRunSetup,
): void {
  screen[Symbol.dispose]();
  const style = styleFor(system.isOutColored);
  const columns = system.terminal?.hasOut ? system.terminal.size().columns : undefined;
  const errors = { folder: system.folder, sourceLine: sourceLines(system), columns };
  const lines = recap(view, style, {
    ...errors,
    outputOf: screen.outputOf,
    verbose,
    isStopped: true,
  });
  system.out("");
  for (const line of screen.quote?.(lines) ?? lines) system.out(line);
  // The last event may be long past.
  const elapsedMs = Math.max(view.elapsedMs, +system.now() - Date.parse(view.startedAt!));
  system.out(style.bold(style.bad(summaryText({ ...view, elapsedMs }))));
}
