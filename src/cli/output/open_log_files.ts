/** The log files of `--log`. */
import { UsageError } from "../../base/errors.ts";
import { permissionHint } from "../../runtime/permissions.ts";
import { errorText } from "../../base/text_format.ts";
import type { TextSink } from "../../base/write_all.ts";
import type { Reporter } from "../../events/reporter.ts";
import { TaskLogFilesReporter } from "../../report/text/task_log_files_reporter.ts";
import { logFileName } from "../../report/text/log_line.ts";
import type { RunResult } from "../../run/run_graph.ts";
import type { System } from "../system/system.ts";
import { LOG_PREFIX } from "./open_reporters.ts";

const APPEND = { append: true };

/** Writes the events of a run, and the lines that hooks on the main thread log, to log files. */
export class OpenLogFiles implements AsyncDisposable {
  readonly #files: TaskLogFilesReporter;
  #failure: unknown;

  /** @throws {UsageError} when the log file of the main thread cannot be opened. */
  constructor(system: System) {
    try {
      system.openFile(logFileName(LOG_PREFIX, "main"), APPEND).close();
    } catch (error) {
      const hint = permissionHint(error) && "run with --allow-write=.";
      throw new UsageError(
        `Cannot write the log files "${logFileName(LOG_PREFIX, "*")}": ${hint ?? errorText(error)}`,
      );
    }
    this.#files = new TaskLogFilesReporter(
      LOG_PREFIX,
      (name) => withFileName(name, system.openFile(name, APPEND)),
    );
  }

  /** Writes the events of the run. */
  get reporter(): Reporter {
    return this.#files;
  }

  /** Writes a line of the main thread's log. Never throws: a full disk must not fail the hook. */
  log(...line: Parameters<TaskLogFilesReporter["log"]>): void {
    try {
      this.#files.log(...line);
    } catch (error) {
      this.#failure ??= error;
    }
  }

  /** Closes the files. Returns the result with the first write error, unless already reported. */
  async close(result: RunResult): Promise<RunResult> {
    await this[Symbol.asyncDispose]();
    const { reporterFailures } = result;
    const isReported = reporterFailures.some(({ reporter }) => reporter === this.#files);
    if (this.#failure === undefined || isReported) return result;
    const failure = { reporter: this.#files, error: this.#failure };
    return { ...result, reporterFailures: [...reporterFailures, failure] };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      await this.#files[Symbol.asyncDispose]();
    } catch (error) {
      this.#failure ??= error;
    }
  }
}

/** Wraps a file so that its errors name it. */
function withFileName(name: string, file: TextSink): TextSink {
  const attempt = (act: () => void) => {
    try {
      act();
    } catch (cause) {
      throw new Error(`Cannot write the log file "${name}": ${errorText(cause)}`, { cause });
    }
  };
  return {
    write: (text) => attempt(() => file.write(text)),
    close: () => attempt(() => file.close()),
  };
}
