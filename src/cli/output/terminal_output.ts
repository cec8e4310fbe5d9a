/** The terminal output of a run: lines, and a live display below them. */
import type { Reporter } from "../../events/reporter.ts";
import type { GithubOptions } from "../../report/formats/github_reporter.ts";
import { FailedOutput, type OutputTail } from "../../report/text/failed_output.ts";
import { LineReporter } from "../../report/text/line_reporter.ts";
import { SlowTaskReporter } from "../../report/text/slow_task_reporter.ts";
import { rareTicker } from "../../report/live/ticker.ts";
import type { OutputOptions } from "../../report/text/task_output_reporter.ts";
import type { LiveReporter } from "../../report/live/live_reporter.ts";
import { lineOptions } from "../../report/text/line_options.ts";
import { isWarningOrError, logLine } from "../../report/text/log_line.ts";
import { styleFor } from "../../report/style.ts";
import type { LogLevel } from "../../task/context.ts";
import type { HookName } from "../../task/hooks.ts";
import type { TaskId } from "../../task/task.ts";
import type { System } from "../system/system.ts";
import { TickBufferedSink } from "../system/tick_buffered_sink.ts";
import { cannotWriteMessage, githubWorkspace } from "./open_reporters.ts";
import type { Request } from "../args/request.ts";
import { journalKeyFor } from "../run/journal_key.ts";

/** The terminal output of one run. Disposing it removes the live display. */
export interface TerminalOutput extends Disposable {
  /** The reporters that print and draw the run. */
  readonly reporters: readonly Reporter[];
  /** Shows a line of the main thread's log, from a hook or not. */
  log(level: LogLevel, text: string, hook?: HookName): void;
  /** Returns the last lines of a failed task's output, for the recap; absent if none is shown. */
  readonly outputOf?: (task: TaskId) => OutputTail | undefined;
  /** Escapes lines of the recap for a program that reads the output, such as GitHub Actions. */
  quote?(lines: readonly string[]): readonly string[];
}

/** The run whose output is created. */
export interface TerminalSetup {
  readonly workers: number;
  readonly url: string;
  readonly system: System;
}

/**
 * Creates the requested terminal output.
 *
 * @param setup.workers Number of threads that run tasks; 0 stands for the main thread.
 * @param setup.url The URL of the module.
 * @param highlights The result of the module's `addLoggingHighlights`.
 * @throws {UsageError} when the highlights are not `[RegExp, colour]` pairs.
 */
export async function createTerminalOutput(
  request: Request,
  { workers, url, system }: TerminalSetup,
  highlights: unknown,
): Promise<TerminalOutput> {
  const live = await liveReporter(request, { workers, url, system });
  const filter = displayFilter(system);
  // A burst of short tasks would write as many times as it has lines. Tasks on this thread may
  // keep it busy: their lines are not buffered.
  const errors = system.terminal === undefined && workers > 0
    ? new TickBufferedSink({ write: system.errText, close() {} })
    : undefined;
  const line = (text: string) => {
    errors?.flush();
    system.err(filter(text));
  };
  const lines = lineOptions({
    line: errors ? (text) => errors.write(`${text}\n`) : line,
    stdout(text) {
      errors?.flush();
      system.out(system.terminal?.hasOut ? filter(text) : text);
    },
    columns: () => system.terminal?.size().columns,
    verbose: request.verbose,
    isColored: system.isColored,
    isOutColored: system.isOutColored,
    highlights,
    now: () => system.now(),
    mode: request.output,
    isBrief: live !== undefined && request.screen !== "lines",
    isOfCommand: true,
  });
  const stops = [
    live && system.onSuspend(() => live.hide()),
    live && system.onExit(() => live[Symbol.dispose]()),
    errors && system.onExit(() => errors.flush()),
  ];
  const { reporter, quote } = await textReporter(request, system, lines);
  const slow = reporter instanceof LineReporter
    ? new SlowTaskReporter({ ...lines, ticker: rareTicker })
    : undefined;
  const failedOutput = request.output === "none" ? undefined : new FailedOutput(request);
  return {
    // The live display is last: it is drawn after the lines about the same event.
    reporters: [reporter, slow, failedOutput, live, errors && closing(errors)]
      .filter((it) => it !== undefined),
    log(level, text, hook) {
      if (level === "debug" && !request.verbose) return;
      if ((request.screen === "none" || lines.isBrief) && !isWarningOrError(level)) return;
      line(logLine(lines, { level, text, source: hook, isLogged: true }));
    },
    ...(quote && { quote }),
    ...(failedOutput && { outputOf: (task: TaskId) => failedOutput.of(task) }),
    [Symbol.dispose]() {
      live?.[Symbol.dispose]();
      slow?.[Symbol.dispose]();
      stops.forEach((stop) => stop?.());
    },
  };
}

/** Reports an error of the standard error that no later line has reported. */
function closing(errors: TickBufferedSink): Reporter {
  return { report() {}, [Symbol.asyncDispose]: () => Promise.try(() => errors.close()) };
}

/** Returns a filter for user text on a terminal: colors stay, cursor movements are removed. */
function displayFilter({ terminal, isColored }: System): (text: string) => string {
  if (terminal === undefined) return (text) => text;
  return styleFor(isColored).sanitize;
}

/** Creates the text reporter. All but the default one are loaded on demand. */
async function textReporter(
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

/** Options of the GitHub reporter. The job summary is a file that the job's steps append to. */
function githubOptions(system: System): GithubOptions {
  const page = system.env("GITHUB_STEP_SUMMARY");
  return {
    line: (text) => system.err(text),
    workspace: githubWorkspace(system),
    summary: !page ? undefined : (markdown) => {
      try {
        const file = system.openFile(page, { append: true });
        file.write(markdown);
        file.close();
      } catch (error) {
        throw new Error(cannotWriteMessage(`the job summary to "${page}"`, error), {
          cause: error,
        });
      }
    },
  };
}

/**
 * Creates the live display, if there is a terminal. Tasks on the main thread rule the display out:
 * they would delay its frames, and its removal on an interrupt.
 */
async function liveReporter(
  request: Request,
  { workers, url, system }: TerminalSetup,
): Promise<LiveReporter | undefined> {
  const { screen } = request;
  const { terminal, isColored, redirectOutput: divert } = system;
  if (terminal === undefined || workers === 0) return undefined;
  if (screen !== "lines" && screen !== "progress" && screen !== "viewer") return undefined;
  const { createLiveReporter } = await import("../../report/live/create_live_reporter.ts");
  const { readRecordedDurations } = await import("../../journal/read_recorded_durations.ts");
  const { key } = await journalKeyFor(request, url, system);
  const durations = readRecordedDurations(system.folder, key);
  return createLiveReporter(terminal, { screen, style: styleFor(isColored), divert, durations });
}
