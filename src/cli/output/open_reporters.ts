/** The reports that go to files and to the standard output: which there are, and opening them. */
import { UsageError } from "../../base/errors.ts";
import { decodePath, urlToPath } from "../../runtime/file_url.ts";
import { permissionHint } from "../../runtime/permissions.ts";
import { errorText, stemOf } from "../../base/text_format.ts";
import type { TextSink } from "../../base/write_all.ts";
import type { Reporter } from "../../events/reporter.ts";
import type { OutputOptions } from "../../report/text/task_output.ts";
import { moduleUrl } from "../../task/load.ts";
import type { System } from "../system/system.ts";
import { type OpenOptions, StreamError } from "../system/open_file.ts";
import { type ReporterName, type RequestOptions, STDOUT } from "../args/request.ts";
import { sourceLines } from "../system/source_lines.ts";
import { TickBufferedSink } from "../system/tick_buffered_sink.ts";

/** A report that is open. */
export interface Report extends Reporter {
  /** Whether an event was delivered to it. */
  readonly hasBegun: boolean;
}

/** What a report is made with. */
interface Making {
  readonly out: TextSink;
  readonly request: RequestOptions;
  readonly system: System;
}

/** What the names of log files begin with. */
export const LOG_PREFIX = "tdrun";

/** How each is made. They are loaded when asked for: most runs have none. */
const MAKERS: Readonly<Record<ReporterName, (making: Making) => Promise<Reporter>>> = {
  async lines(making) {
    const { LineReporter } = await import("../../report/text/line_reporter.ts");
    return new LineReporter(await plainLines(making));
  },
  async dot(making) {
    const { DotReporter } = await import("../../report/text/dot_reporter.ts");
    const { plainStyle } = await import("../../report/style.ts");
    const write = (text: string) => making.out.write(text);
    return new DotReporter({ ...await plainLines(making), write, style: plainStyle });
  },
  async github({ out, request, system }) {
    const { GithubReporter } = await import("../../report/formats/github_reporter.ts");
    const { bufferOutput } = await import("../../report/text/buffer_output.ts");
    const line = await plainLine(out);
    return bufferOutput(
      request.output,
      new GithubReporter({ line, workspace: workspaceOf(system) }),
    );
  },
  async json({ out }) {
    const { JsonReporter } = await import("../../report/formats/json_reporter.ts");
    return new JsonReporter(out);
  },
  async junit({ out, request, system }) {
    const { JunitReporter } = await import("../../report/formats/junit_reporter.ts");
    const { folder } = system;
    const module = stemOf(request.module);
    return new JunitReporter(out, { module, file: fileOf(request.module, folder), folder });
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
 * Opens the reports that were asked for. Files are emptied now, before anything runs: a path that
 * cannot be written is known in time, and a run that breaks off leaves no report of another day.
 *
 * @throws {UsageError} when a file cannot be opened.
 */
export async function openReporters(request: RequestOptions, system: System): Promise<Report[]> {
  const { data, files } = request;
  const reports: Report[] = [];
  return await settlingReport(reports, async () => {
    for (const { name, file } of [...(data ? [{ name: data, file: STDOUT }] : []), ...files]) {
      const what = `the ${name} report to ${placeName(file)}`;
      const out = new TickBufferedSink(openOut(file, system, { what }), what);
      reports.push(await make(name, { out, request, system }));
    }
    return reports;
  });
}

/** Does something; if that throws before a run begins, the reports have the error. */
export async function settlingReport<T>(
  reports: readonly Report[],
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    await writeRefusal(reports, error);
    throw error;
  }
}

/** Writes why there is no run to those reports that no event was delivered to. */
export async function writeRefusal(reports: readonly Report[], error: unknown): Promise<void> {
  const idle = reports.filter(({ hasBegun }) => !hasBegun);
  if (idle.length === 0) return;
  const { reportRejectedRun } = await import("../run/rejected_run.ts");
  await reportRejectedRun(idle, error);
}

/**
 * The system as people see it when a report has the standard output: what they read is beside it. Who reads
 * the report is a program: what is drawn need not give way to what that prints.
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

/** The folder that annotations of GitHub Actions name files from. */
export function workspaceOf(system: System): string {
  return system.env("GITHUB_WORKSPACE") ?? system.folder;
}

/** Lines for a file: all that is told, without colours, printed text among them. */
async function plainLines({ out, request, system }: Making): Promise<OutputOptions> {
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

/** Writes lines without what a terminal would obey, whoever has said it. */
async function plainLine(out: TextSink): Promise<(text: string) => void> {
  const { plainStyle } = await import("../../report/style.ts");
  return (text) => out.write(`${plainStyle.sanitize(text)}\n`);
}

/** The module's file, from the current folder if it is in there; undefined where it is in none. */
function fileOf(module: string, folder: string): string | undefined {
  const url = moduleUrl(module, folder);
  if (!url.startsWith("file:")) return undefined;
  const start = moduleUrl("", folder);
  return url.startsWith(start) ? decodePath(url.slice(start.length)) : urlToPath(new URL(url));
}

/** A file, or {@linkcode STDOUT}, in words. */
export function placeName(path: string): string {
  return path === STDOUT ? "the standard output" : `"${path}"`;
}

/**
 * Opens a file, or the standard output.
 *
 * @throws {UsageError} when it cannot be opened for what is to be written there.
 */
export function openOut(
  path: string,
  system: System,
  { what, ...options }: OpenOptions & { readonly what: string },
): TextSink {
  if (path === STDOUT) return toStdout(system);
  try {
    return system.openFile(path, options);
  } catch (error) {
    throw new UsageError(cannotWrite(what, error));
  }
}

/** Its errors are those of the system: who writes says where to. */
function toStdout(system: System): TextSink {
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

/** Why something cannot be written. */
export function cannotWrite(what: string, error: unknown): string {
  return `Cannot write ${what}: ${permissionHint(error) ?? errorText(error)}`;
}

/** A reporter that closes what it writes to when the run is over. */
async function make(name: ReporterName, making: Making): Promise<Report> {
  const reporter = await MAKERS[name](making);
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
      making.out.close();
    },
  };
}
