/** The reporters that `setupLogging` asks for: lines on standard error, and a file for each thread. */
import { grantedEnv } from "../base/env.ts";
import { writeText } from "../base/write.ts";
import type { Reporter } from "../events/run_event.ts";
import { checkHighlights, defaultHighlights, highlight } from "./highlights.ts";
import { type LinesOptions, LinesReporter } from "./lines.ts";
import { LogFilesReporter } from "./log_files.ts";
import { colorStyle, plainStyle } from "./style.ts";
import { showsColors } from "./terminal_policy.ts";

/** How a run is logged. */
export interface LoggingOptions {
  readonly addStreamHandler?: boolean;
  readonly addFileHandler?: boolean;
  /** `[RegExp, colour]` pairs. */
  readonly highlights?: unknown;
  readonly verbose?: boolean;
}

/**
 * Makes the reporters.
 *
 * @throws {UsageError} when the highlights are not `[RegExp, colour]` pairs.
 */
export function loggingReporters(options: LoggingOptions): Reporter[] {
  const { addStreamHandler = true, addFileHandler = true, verbose = false } = options;
  const reporters: Reporter[] = [];
  if (addStreamHandler) {
    const lines = linesOptions({
      line: (text) => writeText(Deno.stderr, `${text}\n`),
      printed: (text) => writeText(Deno.stdout, `${text}\n`),
      verbose,
      isColored: showsColors({
        isTerminal: Deno.stderr.isTerminal(),
        noColor: Deno.noColor,
        env: grantedEnv,
      }),
      highlights: options.highlights,
      now: () => new Date(),
    });
    reporters.push(new LinesReporter(lines));
  }
  if (addFileHandler) reporters.push(new LogFilesReporter(programName()));
  return reporters;
}

/** What lines are made with, where colours are a matter of yes or no, and the usual is not named. */
export interface LinesSetup extends Pick<LinesOptions, "line" | "printed" | "verbose" | "now"> {
  readonly isColored: boolean;
  /** `[RegExp, colour]` pairs, not checked yet. */
  readonly highlights: unknown;
  readonly columns?: LinesOptions["columns"];
  readonly mode?: LinesOptions["mode"];
  readonly isBrief?: boolean;
}

/**
 * Adds the highlights and colours to what lines are made with.
 *
 * @throws {UsageError} when the highlights are not `[RegExp, colour]` pairs.
 */
export function linesOptions({ isColored, highlights, ...rest }: LinesSetup): LinesOptions {
  const all = [...defaultHighlights(), ...checkHighlights(highlights)];
  return {
    mode: "live",
    isBrief: false,
    ...rest,
    style: isColored ? colorStyle() : plainStyle,
    highlight: (text) => isColored ? highlight(text, all) : text,
  };
}

/** The main program's file name without its ending, as the original names its files. */
function programName(): string {
  const file = new URL(Deno.mainModule).pathname.split("/").pop() ?? "";
  return file.replace(/\.[^.]*$/, "") || "scheduler";
}
