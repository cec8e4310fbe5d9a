/** Opens the reports that are written to files and to standard output. */
import { UsageError } from "../../base/errors.ts";
import { decodePath, moduleUrl, urlToPath } from "../../runtime/file_url.ts";
import { permissionHint } from "../../runtime/permissions.ts";
import { errorText, stemOf } from "../../base/text_format.ts";
import type { TextSink } from "../../base/write_all.ts";
import type { Reporter } from "../../events/reporter.ts";
import type { OutputOptions } from "../../report/text/task_output_reporter.ts";
import type { System } from "../system/system.ts";
import { type OpenOptions, StreamError } from "../system/open_file.ts";
import { type ReporterName, type RequestOptions, STDOUT } from "../args/request.ts";
import { sourceLines } from "../system/source_lines.ts";
import { TickBufferedSink } from "../system/tick_buffered_sink.ts";

/** An open report. */
export interface Report extends Reporter {
  /** Whether an event was delivered to it. */
  readonly hasBegun: boolean;
}

/** Parameters of the reporter factories. */
interface ReporterContext {
  readonly out: TextSink;
  readonly request: RequestOptions;
  readonly system: System;
}

/** Prefix of the names of log files. */
export const LOG_PREFIX = "tdrun";

/** Reporter factories by name. Implementations are loaded on demand: most runs have no report. */
const FACTORIES: Readonly<Record<ReporterName, (context: ReporterContext) => Promise<Reporter>>> = {
  async lines(context) {
    const { LineReporter } = await import("../../report/text/line_reporter.ts");
    return new LineReporter(await plainLines(context));
  },
  async dot(context) {
    const { DotReporter } = await import("../../report/text/dot_reporter.ts");
    const { plainStyle } = await import("../../report/style.ts");
    const write = (text: string) => context.out.write(text);
    return new DotReporter({ ...await plainLines(context), write, style: plainStyle });
  },
  async github({ out, request, system }) {
    const { GithubReporter } = await import("../../report/formats/github_reporter.ts");
    const { bufferOutput } = await import("../../report/text/buffer_output.ts");
    const line = await plainLine(out);
    return bufferOutput(
      request.output,
      new GithubReporter({ line, workspace: githubWorkspace(system) }),
    );
  },
  async json({ out }) {
    const { JsonReporter } = await import("../../report/formats/json_reporter.ts");
    return new JsonReporter(out);
  },
  async junit({ out, request, system }) {
    const { JunitReporter } = await import("../../report/formats/junit_reporter.ts");
    const { folder } = system;
    const [first, ...others] = request.modules;
    const single = others.length === 0 ? first?.path ?? request.module : undefined;
    const module = single === undefined ? "tdrun" : stemOf(single);
    const file = single === undefined ? undefined : moduleFile(single, folder);
    return new JunitReporter(out, { module, file, folder });
  },
  async tap({ out, system }) {
    const { TapReporter } = await import("../../report/formats/tap_reporter.ts");
    return new TapReporter(out, system.folder);
  },
  async trace({ out }) {
    const { TraceReporter } = await import("../../report/formats/trace_reporter.ts");
    return new TraceReporter(out);
  },
  async html({ out, request, system }) {
    const { HtmlReporter } = await import("../../report/html/html_reporter.ts");
    const { module } = request;
    return new HtmlReporter(out, {
      module,
      folder: system.folder,
      sourceLine: sourceLines(system),
    });
  },
};

/**
 * Opens the requested reports. Files are truncated before the run: a path that cannot be written is
 * reported early, and an interrupted run leaves no report of an earlier one.
 *
 * @throws {UsageError} when a file cannot be opened.
 */
export async function openReporters(request: RequestOptions, system: System): Promise<Report[]> {
  const { data, files } = request;
  const reports: Report[] = [];
  return await withRejectionReported(reports, async () => {
    for (const { name, file } of [...(data ? [{ name: data, file: STDOUT }] : []), ...files]) {
      const what = `the ${name} report to ${outputName(file)}`;
      const out = new TickBufferedSink(openOutput(file, system, { what }), what);
      reports.push(await openReport(name, { out, request, system }));
    }
    return reports;
  });
}

/** Calls a function. If it throws before the first event, the error is written to the reports. */
export async function withRejectionReported<T>(
  reports: readonly Report[],
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    await reportRejection(reports, error);
    throw error;
  }
}

/** Writes the reason for a rejected run to the reports that no event was delivered to. */
export async function reportRejection(reports: readonly Report[], error: unknown): Promise<void> {
  const idle = reports.filter(({ hasBegun }) => !hasBegun);
  if (idle.length === 0) return;
  const { reportRejectedRun } = await import("../run/report_rejected_run.ts");
  await reportRejectedRun(idle, error);
}

/**
 * Returns a system that prints to the standard error, while a report has the standard output. The
 * reader of that report is a program, so the live display need not make way for its lines.
 */
export function withStdoutReserved(system: System): System {
  const terminal = system.terminal && { ...system.terminal, mayEchoStdout: false };
  return {
    ...system,
    out: system.err,
    outText: system.errText,
    isOutColored: system.isColored,
    terminal,
  };
}

/** The folder that paths in GitHub Actions annotations are relative to. */
export function githubWorkspace(system: System): string {
  return system.env("GITHUB_WORKSPACE") ?? system.folder;
}

/** Options for plain lines in a file: all events and all output, without colors. */
async function plainLines({ out, request, system }: ReporterContext): Promise<OutputOptions> {
  const { lineOptions } = await import("../../report/text/line_options.ts");
  const line = await plainLine(out);
  return lineOptions({
    line,
    stdout: line,
    verbose: request.verbose,
    isColored: false,
    highlights: undefined,
    now: () => system.now(),
    mode: request.output,
    isBrief: false,
  });
}

/** Returns a function that writes lines without control sequences of any source. */
async function plainLine(out: TextSink): Promise<(text: string) => void> {
  const { plainStyle } = await import("../../report/style.ts");
  return (text) => out.write(`${plainStyle.sanitize(text)}\n`);
}

/** The module's path, relative if the current folder contains it; undefined for a remote module. */
function moduleFile(module: string, folder: string): string | undefined {
  const url = moduleUrl(module, folder);
  if (!url.startsWith("file:")) return undefined;
  const start = moduleUrl("", folder);
  return url.startsWith(start) ? decodePath(url.slice(start.length)) : urlToPath(new URL(url));
}

/** The name of a file, or of {@linkcode STDOUT}, in messages. */
export function outputName(path: string): string {
  return path === STDOUT ? "standard output" : `"${path}"`;
}

/**
 * Opens a file, or the standard output.
 *
 * @throws {UsageError} when the file cannot be opened.
 */
export function openOutput(
  path: string,
  system: System,
  { what, ...options }: OpenOptions & { readonly what: string },
): TextSink {
  if (path === STDOUT) return stdoutSink(system);
  try {
    return system.openFile(path, options);
  } catch (error) {
    throw new UsageError(cannotWriteMessage(what, error));
  }
}

/** A sink for the standard output. It throws the system's errors: the caller names the output. */
function stdoutSink(system: System): TextSink {
  return {
    write(text) {
      try {
        system.outText(text);
      } catch (error) {
        throw error instanceof StreamError ? error.cause : error;
      }
    },
    close() {},
  };
}

/** Formats the error of a failed write. */
export function cannotWriteMessage(what: string, error: unknown): string {
  return `Cannot write ${what}: ${permissionHint(error) ?? errorText(error)}`;
}

/** Creates a report, which closes its output after the run. */
async function openReport(name: ReporterName, context: ReporterContext): Promise<Report> {
  const reporter = await FACTORIES[name](context);
  let hasBegun = false;
  return {
    get hasBegun() {
      return hasBegun;
    },
    report(event, view) {
      hasBegun = true;
      return reporter.report(event, view);
    },
    async [Symbol.asyncDispose]() {
      await reporter[Symbol.asyncDispose]?.();
      context.out.close();
    },
  };
}
