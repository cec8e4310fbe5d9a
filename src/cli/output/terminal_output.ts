/** What people look at while it runs: lines, and whatever is drawn below them. */
import type { Reporter } from "../../events/reporter.ts";
import type { GithubOptions } from "../../report/formats/github_reporter.ts";
import { LineReporter } from "../../report/text/line_reporter.ts";
import type { OutputOptions } from "../../report/text/task_output.ts";
import type { LiveReporter } from "../../report/live/live_reporter.ts";
import { lineOptions } from "../../report/text/line_options.ts";
import { isWarningOrError, logLine } from "../../report/text/log_line.ts";
import { styleFor } from "../../report/style.ts";
import type { LogLevel } from "../../task/context.ts";
import type { HookName } from "../../task/hooks.ts";
import type { System } from "../system/system.ts";
import { cannotWrite, workspaceOf } from "./open_reporters.ts";
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
  system: System,
  highlights: unknown,
): Promise<TerminalOutput> {
  const live = await drawn(request, workers, system);
  const shown = shownOn(system);
  const lines = lineOptions({
    line: (text) => system.err(shown(text)),
    stdout: (text) => system.out(system.terminal?.hasOut ? shown(text) : text),
    columns: () => system.terminal?.size().columns,
    verbose: request.verbose,
    isColored: system.isColored,
    highlights,
    now: () => system.now(),
    mode: request.output,
    isBrief: live !== undefined && request.screen !== "lines",
  });
  const stops = live === undefined ? [] : [
    system.onSuspend(() => live.hide()),
    system.onExit(() => live[Symbol.dispose]()),
  ];
  const { reporter, quote } = await told(request, system, lines);
  return {
    // What is drawn comes last: lines about an event are above it when it is drawn.
    reporters: [reporter, live].filter((it) => it !== undefined),
    log(level, text, place) {
      if (level === "debug" && !request.verbose) return;
      if ((request.screen === "none" || lines.isBrief) && !isWarningOrError(level)) return;
      lines.line(logLine(lines, { level, text, source: place, isLogged: true }));
    },
    ...(quote && { quote }),
    [Symbol.dispose]() {
      live?.[Symbol.dispose]();
      stops.forEach((stop) => stop());
    },
  };
}

/** Where something may be drawn, text of the user's may have colours, but not move the cursor. */
function shownOn({ terminal, isColored }: System): (text: string) => string {
  if (terminal === undefined) return (text) => text;
  return styleFor(isColored).sanitize;
}

/** What tells of the run in text. All but the usual is loaded when asked for. */
async function told(
  request: Request,
  system: System,
  lines: OutputOptions,
): Promise<Pick<TerminalOutput, "quote"> & { readonly reporter?: Reporter }> {
  switch (request.screen) {
    case "lines":
    case "progress":
    case "viewer":
      return { reporter: new LineReporter(lines) };
    case "dot": {
      const { DotReporter } = await import("../../report/text/dot_reporter.ts");
      const style = styleFor(system.isColored);
      return { reporter: new DotReporter({ ...lines, write: system.errText, style }) };
    }
    case "github": {
      const { GithubReporter, withCommandsStopped } = await import(
        "../../report/formats/github_reporter.ts"
      );
      const { bufferOutput } = await import("../../report/text/buffer_output.ts");
      const github = new GithubReporter(githubOptions(system));
      return { reporter: bufferOutput(request.output, github), quote: withCommandsStopped };
    }
    case "none":
      return {};
  }
}

/** The page of the job is a file that the steps of the job append to. */
function githubOptions(system: System): GithubOptions {
  const page = system.env("GITHUB_STEP_SUMMARY");
  return {
    line: (text) => system.err(text),
    workspace: workspaceOf(system),
    summary: !page ? undefined : (markdown) => {
      try {
        const file = system.openFile(page, { append: true });
        file.write(markdown);
        file.close();
      } catch (error) {
        throw new Error(cannotWrite(`the page of the job to "${page}"`, error), { cause: error });
      }
    },
  };
}

/**
 * What is drawn, if there is a terminal for it. Tasks on the main thread would keep it from being drawn
 * in time, and from being taken away when they are interrupted.
 */
async function drawn(
  { screen }: Request,
  workers: number,
  { terminal, isColored, redirectOutput: divert }: System,
): Promise<LiveReporter | undefined> {
  if (terminal === undefined || workers === 0) return undefined;
  if (screen !== "lines" && screen !== "progress" && screen !== "viewer") return undefined;
  const { createLiveReporter } = await import("../../report/live/create_live_reporter.ts");
  return createLiveReporter(terminal, { screen, style: styleFor(isColored), divert });
}
