/** The log files of `--log`, which take what is told of a run, and what the hooks of the main thread log. */
import { UsageError } from "../../base/errors.ts";
import { permissionHint } from "../../runtime/permissions.ts";
import { errorText } from "../../base/text_format.ts";
import type { TextSink } from "../../base/write_all.ts";
import type { Reporter } from "../../events/reporter.ts";
import { TaskLogFilesReporter } from "../../report/text/task_log_files.ts";
import { logFileName } from "../../report/text/log_line.ts";
import type { RunResult } from "../../run/run_graph.ts";
import type { System } from "../system/system.ts";
import { LOG_PREFIX } from "./open_reporters.ts";

const APPEND = { append: true };

/** See the head of this file. */
export class OpenLogFiles implements AsyncDisposable {
  readonly #files: TaskLogFilesReporter;
  #failure: unknown;

  /** @throws {UsageError} when the first of them cannot be opened. */
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
      (name) => named(name, system.openFile(name, APPEND)),
    );
  }

  /** What is told of the run. */
  get reporter(): Reporter {
    return this.#files;
  }

  /** Takes a line of the main thread's log. It does not throw: a hook has nothing to do with a full disk. */
  log(...line: Parameters<TaskLogFilesReporter["log"]>): void {
    try {
      this.#files.log(...line);
    } catch (error) {
      this.#failure ??= error;
    }
  }

  /** Closes the files. What they could not take has failed them, if that is not told yet. */
  async closed(result: RunResult): Promise<RunResult> {
    await this[Symbol.asyncDispose]();
    const { reporterFailures: known } = result;
    const isTold = known.some(({ reporter }) => reporter === this.#files);
    if (this.#failure === undefined || isTold) return result;
    const failure = { reporter: this.#files, error: this.#failure };
    return { ...result, reporterFailures: [...known, failure] };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      await this.#files[Symbol.asyncDispose]();
    } catch (error) {
      this.#failure ??= error;
    }
  }
}

/** A file whose errors say which it is. */
function named(name: string, file: TextSink): TextSink {
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
