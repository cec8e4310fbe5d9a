/** The reporters that `setupLogging` asks for: lines on standard error, and a file for each thread. */
import type { Reporter } from "../events/run_event.ts";
import { checkHighlights, defaultHighlights, highlight } from "./highlights.ts";
import { LinesReporter } from "./lines.ts";
import { LogFilesReporter } from "./log_files.ts";
import { colorStyle, plainStyle } from "./style.ts";

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
    const isColored = Deno.stderr.isTerminal() && !Deno.noColor;
    const style = isColored ? colorStyle() : plainStyle;
    const highlights = [...defaultHighlights(), ...checkHighlights(options.highlights)];
    reporters.push(
      new LinesReporter({
        line: writerTo(Deno.stderr),
        printed: writerTo(Deno.stdout),
        verbose,
        highlight: (text) => isColored ? highlight(text, highlights) : text,
        dim: style.dim,
        now: () => new Date(),
      }),
    );
  }
  if (addFileHandler) reporters.push(new LogFilesReporter(programName()));
  return reporters;
}

function writerTo(stream: { writeSync(bytes: Uint8Array): number }): (text: string) => void {
  const encoder = new TextEncoder();
  return (text) => {
    let bytes = encoder.encode(`${text}\n`);
    while (bytes.length > 0) bytes = bytes.subarray(stream.writeSync(bytes));
  };
}

/** The main program's file name without its ending, as the original names its files. */
function programName(): string {
  const file = new URL(Deno.mainModule).pathname.split("/").pop() ?? "";
  return file.replace(/\.[^.]*$/, "") || "scheduler";
}
