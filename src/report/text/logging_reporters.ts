/** The reporters of `setupLogging`: lines on standard error, and a file per thread. */
import { wallTime } from "../../runtime/clock.ts";
import { urlToPath } from "../../runtime/file_url.ts";
import { envIfPermitted } from "../../runtime/permissions.ts";
import { stemOf } from "../../base/text_format.ts";
import { writeText } from "../../base/write_all.ts";
import type { Reporter } from "../../events/reporter.ts";
import { LineReporter } from "./line_reporter.ts";
import { lineOptions } from "./line_options.ts";
import { TaskLogFilesReporter } from "./task_log_files_reporter.ts";
import { supportsColor } from "../terminal_support.ts";

/** Options of the logging. */
export interface LoggingOptions {
  readonly addStreamHandler?: boolean;
  readonly addFileHandler?: boolean;
  /** `[RegExp, color]` pairs. */
  readonly highlights?: unknown;
  readonly verbose?: boolean;
}

/**
 * Creates the reporters.
 *
 * @throws {UsageError} when the highlights are not `[RegExp, color]` pairs.
 */
export function loggingReporters(options: LoggingOptions): Reporter[] {
  const { addStreamHandler = true, addFileHandler = true, verbose = false } = options;
  const reporters: Reporter[] = [];
  if (addStreamHandler) {
    const lines = lineOptions({
      line: (text) => writeText(Deno.stderr, `${text}\n`),
      stdout: (text) => writeText(Deno.stdout, `${text}\n`),
      verbose,
      isColored: isColored(Deno.stderr),
      isOutColored: isColored(Deno.stdout),
      highlights: options.highlights,
      now: wallTime,
    });
    reporters.push(new LineReporter(lines));
  }
  if (addFileHandler) reporters.push(new TaskLogFilesReporter(programName()));
  return reporters;
}

function isColored(stream: { isTerminal(): boolean }): boolean {
  return supportsColor({
    isTerminal: stream.isTerminal(),
    noColor: Deno.noColor,
    env: envIfPermitted,
  });
}

/** The file name of the main program without its suffix, as in the Python original. */
function programName(): string {
  const main = new URL(Deno.mainModule);
  return stemOf(main.protocol === "file:" ? urlToPath(main) : main.pathname) || "scheduler";
}
