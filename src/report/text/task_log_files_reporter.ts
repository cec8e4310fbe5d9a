/**
 * Log files (`--log`): one for the main thread and one per worker, in the line format of the Python
 * original.
 */
import { wallTime } from "../../runtime/clock.ts";
import { unreachable } from "../../base/assert.ts";
import { onOneLine, plural } from "../../base/text_format.ts";
import { type TextSink, writeText } from "../../base/write_all.ts";
import type { ErrorRecord } from "../../base/error_record.ts";
import { errorOf, outcomeReason } from "../../events/outcome_reason.ts";
import type { Reporter } from "../../events/reporter.ts";
import type { RunEvent, TaskInfo, TaskOutcome, TaskStatus } from "../../events/run_event.ts";
import { CANCEL_REASON_TEXT, threadName } from "../../events/run_event.ts";
import type { LogLevel } from "../../task/context.ts";
import { formatError } from "./format_error.ts";
import { type LineFormat, logFileName, logLine } from "./log_line.ts";
import { plainStyle } from "../style.ts";

/** Opens a file for appending. */
export type OpenLog = (name: string) => TextSink;

/** Writes the events of a run to log files. */
export class TaskLogFilesReporter implements Reporter {
  readonly #prefix: string;
  readonly #open: OpenLog;
  readonly #format: LineFormat;
  readonly #files = new Map<string, TextSink>();
  #names: readonly string[] = [];
  #tasks: readonly TaskInfo[] = [];

  /**
   * @param prefix Files are named `<prefix>_main.log`, `<prefix>_thread_0.log`, …
   * @param now Returns the wall-clock time.
   */
  constructor(prefix: string, open: OpenLog = appendTo, now: () => Date = wallTime) {
    this.#prefix = prefix;
    this.#open = open;
    this.#format = { verbose: true, highlight: (text) => text, style: plainStyle, now };
  }

  report(event: RunEvent): void {
    switch (event.type) {
      case "run-started": {
        this.#tasks = event.tasks;
        this.#names = event.tasks.map((task) => onOneLine(task.name));
        const { tasks, workers } = event;
        const text = `running ${plural(tasks.length, "task")} on ${plural(workers, "thread")}`;
        return this.#write("main", "info", "scheduler", text);
      }
      case "task-queued":
        return this.#write("main", "debug", "scheduler", `queued ${this.#names[event.task]}`);
      case "task-started":
        return this.#write(threadName(event.worker), "debug", this.#names[event.task]!, "started");
      case "task-output": {
        const source = event.task === null ? event.hook ?? "worker" : this.#names[event.task]!;
        return this.#write(threadName(event.worker), event.level, source, event.text);
      }
      case "task-retried": {
        const { task, worker, attempt, error } = event;
        const text = `attempt ${attempt} failed: ${formatInFull(error)}`;
        return this.#write(threadName(worker), "warn", this.#names[task]!, text);
      }
      case "task-finished": {
        const { task, worker, outcome } = event;
        const thread = worker === null ? "main" : threadName(worker);
        const text = outcome.status.toUpperCase() + this.#why(outcome);
        return this.#write(thread, LEVELS[outcome.status], this.#names[task]!, text);
      }
      case "stray-error":
      case "worker-lost": {
        const source = event.type === "stray-error" ? event.hook ?? "worker" : "worker";
        const thread = event.worker === null ? "main" : threadName(event.worker);
        return this.#write(thread, "error", source, formatInFull(event.error));
      }
      case "run-cancelled":
        return this.#write("main", "warn", "scheduler", CANCEL_REASON_TEXT[event.reason]);
      case "run-finished":
        return this.#write("main", "info", "scheduler", "all work completed");
      default:
        unreachable(event);
    }
  }

  /** Writes a line to the main thread's log that is not an event of a run. */
  log(level: LogLevel, text: string, source = "main"): void {
    this.#write("main", level, source, text);
  }

  /** Closes all files, even if closing one of them fails. */
  async [Symbol.asyncDispose](): Promise<void> {
    const files = [...this.#files.values()];
    this.#files.clear();
    const closed = await Promise.allSettled(files.map((file) => Promise.try(() => file.close())));
    for (const end of closed) if (end.status === "rejected") throw end.reason;
  }

  #why(outcome: TaskOutcome): string {
    switch (outcome.status) {
      case "passed":
        return "";
      case "failed":
        return `: ${formatInFull(outcome.error)}`;
      default: {
        const error = errorOf(outcome);
        const why = outcomeReason(outcome, { tasks: this.#tasks });
        return error === undefined ? `: ${why}` : `: ${why}: ${formatInFull(error)}`;
      }
    }
  }

  #write(thread: string, level: LogLevel, source: string, text: string): void {
    const name = logFileName(this.#prefix, thread);
    const file = this.#files.getOrInsertComputed(name, this.#open);
    // Escape codes could hide or change lines when the file is shown on a terminal.
    const safe = plainStyle.sanitize(text);
    file.write(`${logLine(this.#format, { level, thread, source, text: safe })}\n`);
  }
}

const LEVELS: Readonly<Record<TaskStatus, LogLevel>> = {
  passed: "info",
  failed: "error",
  skipped: "warn",
  cancelled: "warn",
};

/** Formats an error as in the recap: with user frames, members and causes. */
function formatInFull(error: ErrorRecord): string {
  return formatError(error, plainStyle, {}).join("\n");
}

function appendTo(name: string): TextSink {
  const file = Deno.openSync(name, { append: true, create: true });
  return { write: (text) => writeText(file, text), close: () => file.close() };
}
