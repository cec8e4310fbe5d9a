/** What people look at while it runs: lines, and whatever is drawn below them. */
import type { Reporter } from "../../events/run_event.ts";
import type { GithubOptions } from "../../report/formats/github_reporter.ts";
import { LineReporter } from "../../report/text/line_reporter.ts";
import type { OutputOptions } from "../../report/text/task_output.ts";
import type { LiveReporter } from "../../report/live/live_reporter.ts";
import { lineOptions } from "../../report/text/line_options.ts";
import { isTrouble, logLine } from "../../report/text/log_line.ts";
import { styleFor } from "../../report/style.ts";
import type { LogLevel } from "../../task/context.ts";
import type { HookName } from "../../task/hooks.ts";
import type { System } from "../system/system.ts";
import { cannotWriteMessage, githubWorkspace } from "./open_reporters.ts";
import type { Request } from "../args/request.ts";

/** See the head of this file. To dispose of it takes away what is drawn. */
export interface TerminalOutput extends Disposable {
  /** What shows the run. */
  readonly reporters: readonly Reporter[];
  /** Shows a line of the main thread's log, from a hook or not. */
  log(level: LogLevel, text: string, hook?: HookName): void;
  /** Lines of a recap as whoever reads along may be given them, where that is a program too. */
  quote?(lines: readonly string[]): readonly string[];
}

/**
 * Makes the screen that was asked for.
 *
 * @param workers How many threads will run tasks; 0 stands for the main thread.
 * @param highlights What the module's `addLoggingHighlights` returned.
 * @throws {UsageError} when the highlights are not `[RegExp, colour]` pairs.
 */
export async function createTerminalOutput(
  request: Request,
  workers: number,
  host: System,
  highlights: unknown,
): Promise<TerminalOutput> {
  const live = await liveReporter(request, workers, host);
  const filter = displayFilter(host);
  const lines = lineOptions({
    line: (text) => host.err(filter(text)),
    printed: (text) => host.out(host.terminal?.hasOut ? filter(text) : text),
    columns: () => host.terminal?.size().columns,
    verbose: request.verbose,
    isColored: host.isColored,
    highlights,
    now: () => host.now(),
    mode: request.output,
    isBrief: live !== undefined && request.screen !== "lines",
  });
  const stops = live === undefined ? [] : [
    host.onSuspend(() => live.lift()),
    host.onExit(() => live[Symbol.dispose]()),
  ];
  const { reporter, quote } = await textReporter(request, host, lines);
  return {
    // What is drawn comes last: lines about an event are above it when it is drawn.
    reporters: [reporter, live].filter((it) => it !== undefined),
    log(level, text, hook) {
      if (level === "debug" && !request.verbose) return;
      if ((request.screen === "none" || lines.isBrief) && !isTrouble(level)) return;
      lines.line(logLine(lines, { level, text, place: hook, isLogged: true }));
    },
    ...(quote && { quote }),
    [Symbol.dispose]() {
      live?.[Symbol.dispose]();
      stops.forEach((stop) => stop());
    },
  };
}

/** Where something may be drawn, text of the user's may have colours, but not move the cursor. */
function displayFilter({ terminal, isColored }: System): (text: string) => string {
  if (terminal === undefined) return (text) => text;
  return styleFor(isColored).foreign;
}

/** What tells of the run in text. All but the usual is loaded when asked for. */
async function textReporter(
  request: Request,
  host: System,
  lines: OutputOptions,
): Promise<Pick<TerminalOutput, "quote"> & { readonly reporter?: Reporter }> {
  switch (request.screen) {
    case "lines":
    case "progress":
    case "viewer":
      return { reporter: new LineReporter(lines) };
    case "dot": {
      const { DotReporter } = await import("../../report/text/dot_reporter.ts");
      const style = styleFor(host.isColored);
      return { reporter: new DotReporter({ ...lines, write: host.errText, style }) };
    }
    case "github": {
      const { GithubReporter, quoted } = await import("../../report/formats/github_reporter.ts");
      const { bufferOutput } = await import("../../report/text/buffer_output.ts");
      const github = new GithubReporter(githubOptions(host));
      return { reporter: bufferOutput(request.output, github), quote: quoted };
    }
    case "none":
      return {};
  }
}

/** The page of the job is a file that the steps of the job append to. */
function githubOptions(host: System): GithubOptions {
  const page = host.env("GITHUB_STEP_SUMMARY");
  return {
    line: (text) => host.err(text),
    workspace: githubWorkspace(host),
    summary: !page ? undefined : (markdown) => {
      try {
        const file = host.openFile(page, { append: true });
        file.write(markdown);
        file.close();
      } catch (error) {
        throw new Error(cannotWriteMessage(`the page of the job to "${page}"`, error), {
          cause: error,
        });
      }
    },
  };
}

/**
 * What is drawn, if there is a terminal for it. Tasks on the main thread would keep it from being drawn
 * in time, and from being taken away when they are interrupted.
 */
async function liveReporter(
  { screen }: Request,
  workers: number,
  { terminal, isColored, divert }: System,
): Promise<LiveReporter | undefined> {
  if (terminal === undefined || workers === 0) return undefined;
  if (screen !== "lines" && screen !== "progress" && screen !== "viewer") return undefined;
  const { createLiveReporter } = await import("../../report/live/create_live_reporter.ts");
  return createLiveReporter(terminal, { screen, style: styleFor(isColored), divert });
}
