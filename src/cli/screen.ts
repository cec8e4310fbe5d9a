/** What people look at while it runs: the lines, and whatever is drawn below them. */
import type { Reporter } from "../events/run_event.ts";
import { timestamp } from "../report/clock.ts";
import { DotReporter } from "../report/dot.ts";
import { type GithubOptions, GithubReporter, quoted } from "../report/github.ts";
import { type LinesOptions, LinesReporter } from "../report/lines.ts";
import { linesOptions } from "../report/logging.ts";
import { colorStyle, plainStyle } from "../report/style.ts";
import type { LogLevel } from "../task/context.ts";
import type { Host } from "./host.ts";
import { workspaceOf } from "./reports.ts";
import type { Request } from "./request.ts";

/** See the head of this file. */
export interface Screen {
  /** What shows the run. */
  readonly reporter: Reporter;
  /** Shows a line of the main thread's log. */
  log(level: LogLevel, text: string): void;
  /** Lines of a recap as whoever reads along may be given them, where that is a program too. */
  quote?(lines: readonly string[]): readonly string[];
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
    ...reporterOf(request, host, lines),
    log(level, text) {
      if (level === "debug" && !request.verbose) return;
      lines.line(`${lines.dim(timestamp(host.now()))} ${lines.highlight(text)}`);
    },
  };
}

function reporterOf(
  { screen }: Request,
  host: Host,
  lines: LinesOptions,
): Pick<Screen, "reporter" | "quote"> {
  switch (screen) {
    case "dot": {
      const style = host.isColored ? colorStyle() : plainStyle;
      const { errText, out } = host;
      return { reporter: new DotReporter({ write: errText, printed: out, style }) };
    }
    case "github":
      return { reporter: new GithubReporter(githubOptions(host)), quote: quoted };
    default:
      return { reporter: new LinesReporter(lines) };
  }
}

/** The page of the job is a file that the steps of the job append to. */
function githubOptions(host: Host): GithubOptions {
  const page = host.env("GITHUB_STEP_SUMMARY");
  return {
    line: (text) => host.err(text),
    workspace: workspaceOf(host),
    summary: !page ? undefined : (markdown) => {
      const file = host.openFile(page, { append: true });
      file.write(markdown);
      file.close();
    },
  };
}
