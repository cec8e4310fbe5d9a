/** What people look at while it runs: the lines, and whatever is drawn below them. */
import type { Reporter } from "../events/run_event.ts";
import { timestamp } from "../report/clock.ts";
import { LinesReporter } from "../report/lines.ts";
import { linesOptions } from "../report/logging.ts";
import type { LogLevel } from "../task/context.ts";
import type { Host } from "./host.ts";
import type { Request } from "./request.ts";

/** See the head of this file. */
export interface Screen {
  /** What shows the run. */
  readonly reporter: Reporter;
  /** Shows a line of the main thread's log. */
  log(level: LogLevel, text: string): void;
}

/**
 * Makes the screen that was asked for.
 *
 * @param highlights What the module's `addLoggingHighlights` returned.
 * @throws {UsageError} when the highlights are not `[RegExp, colour]` pairs.
 */
export function makeScreen(request: Request, host: Host, highlights: unknown): Screen {
  const lines = linesOptions({
    line: (text) => host.err(text),
    printed: (text) => host.out(text),
    verbose: request.verbose,
    isColored: host.isColored,
    highlights,
    now: () => host.now(),
  });
  return {
    reporter: new LinesReporter(lines),
    log(level, text) {
      if (level === "debug" && !request.verbose) return;
      lines.line(`${lines.dim(timestamp(host.now()))} ${lines.highlight(text)}`);
    },
  };
}
