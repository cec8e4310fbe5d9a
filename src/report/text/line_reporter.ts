/**
 * The default output: a line per finished task, in the format of the Python original, and lines for
 * other notable events. Above a live region (a progress bar) only problems are shown.
 */
import { unreachable } from "../../base/assert.ts";
import type { ErrorRecord } from "../../base/error_record.ts";
import { formatDuration } from "../../base/duration.ts";
import { abbreviateList, onOneLine, plural } from "../../base/text_format.ts";
import type { Reporter } from "../../events/reporter.ts";
import type {
  RunCancelled,
  RunEvent,
  RunStarted,
  TaskFinished,
  TaskInfo,
  TaskOutcome,
  TaskRetried,
} from "../../events/run_event.ts";
import { CANCEL_REASON_TEXT, isUnneeded, threadName } from "../../events/run_event.ts";
import type { RunView } from "../../events/run_view.ts";
import { errorLine, firstLine } from "./error_line.ts";
import { displayWidth } from "../../base/display_width.ts";
import { isWarningOrError, type LogLine, logLine, timeColumns } from "./log_line.ts";
import { errorOf, outcomeReason } from "../../events/outcome_reason.ts";
import type { ResourceNodeKind } from "../../task/task.ts";
import { type OutputOptions, TaskOutputReporter } from "./task_output_reporter.ts";

/** Width to which dots pad a line, as in the original; less on a narrower terminal. */
const WIDTH = 75;
/** Columns of the spaces around the dots. */
const GAPS = 2;
/** Columns left for the duration after the percentage, on a terminal. */
const DURATION_COLUMNS = " 1m 23s".length;
/** Minimum duration that is shown, in milliseconds: most tasks are shorter. */
const DURATION_MIN_MS = 100;
const LEVEL_COLUMNS = "INFO  ".length;

/** A text with and without styles. */
interface Tail {
  readonly text: string;
  readonly styled: string;
}

/** Writes a line per finished task. */
export class LineReporter implements Reporter {
  readonly #options: OutputOptions;
  readonly #output: TaskOutputReporter;
  #tasks: readonly TaskInfo[] = [];
  #finished = 0;
  #taskCount = 0;

  /** @param options With `isBrief`, tasks that passed are left out, too. */
  constructor(options: OutputOptions) {
    this.#options = options;
    this.#output = new TaskOutputReporter(options);
  }

  report(event: RunEvent, view: RunView): void {
    this.#output.report(event); // before the line of the task's end
    switch (event.type) {
      case "run-started":
        return this.#start(event);
      case "task-queued":
      case "task-output":
        return;
      case "task-started":
        return this.#write({
          level: "debug",
          thread: threadName(event.worker),
          source: this.#tasks[event.task]!.name,
          text: "started",
        });
      case "task-retried":
        return this.#retry(event);
      case "task-finished":
        return this.#finish(event, view);
      case "stray-error": {
        const text = `uncaught ${this.#firstLine(event.error)}`;
        return this.#write({ level: "error", thread: threadName(event.worker), text });
      }
      case "worker-lost": {
        const { worker, error } = event;
        return this.#write({
          level: "warn",
          thread: threadName(worker),
          text: firstLine(error, this.#options.style.sanitize),
        });
      }
      case "run-cancelled":
        return this.#cancel(event);
      case "run-finished":
        return this.#write({ level: "info", text: "all work completed" });
      default:
        unreachable(event);
    }
  }

  #start({ tasks, workers, mocked }: RunStarted): void {
    this.#tasks = tasks.map((task) => ({ ...task, name: onOneLine(task.name) }));
    const count = tasks.filter(({ kind }) => kind === undefined).length;
    const resources = tasks.filter(({ kind }) => kind === "resource").length;
    this.#taskCount = count;
    const used = resources === 0 ? "" : `, ${plural(resources, "resource")}`;
    const collected = `${plural(count + mocked.length, "task")}${used}`;
    const names = onOneLine(abbreviateList(mocked)); // a rerun may have thousands
    const which = mocked.length > 0 ? `, ${mocked.length} mocked (${names})` : "";
    this.#write({ level: "info", text: `collected ${collected}${which}` });
    this.#write({ level: "info", text: `starting thread pool with ${plural(workers, "thread")}` });
  }

  #retry({ task, worker, attempt, error, delayMs }: TaskRetried): void {
    const { name } = this.#tasks[task]!;
    const again = delayMs > 0
      ? `retrying in ${Number((delayMs / 1000).toPrecision(3))}s`
      : "retrying";
    const text = `${name}: attempt ${attempt} failed, ${again}: ${this.#firstLine(error)}`;
    this.#write({ level: "warn", thread: threadName(worker), text });
  }

  /** Writes the reason. On a terminal the command has printed a line about an interrupt. */
  #cancel({ reason }: RunCancelled): void {
    if (reason === "interrupted" && this.#isOnTerminal) return;
    this.#write({ level: "warn", text: CANCEL_REASON_TEXT[reason] });
  }

  #finish(event: TaskFinished, view: RunView): void {
    if (this.#isOnTerminal && neverStarted(event, view)) return;
    const { task, worker, outcome } = event;
    const { name, kind } = this.#tasks[task]!;
    // Without users there is no set-up, and without that nothing to tear down.
    if (kind === "resource" && isUnneeded(outcome)) return;
    if (kind === "teardown" && outcome.status === "skipped") return;
    if (kind === undefined) this.#finished++;
    if (this.#options.isBrief) return this.#finishBriefly(event);
    const thread = worker === null ? undefined : threadName(worker);
    const error = errorOf(outcome);
    if (error !== undefined) {
      const level = outcome.status === "failed" ? "error" : "warn";
      this.#write({ level, thread, text: `${name}: ${this.#firstLine(error)}` });
    } else if (outcome.status === "skipped" && worker !== null) {
      const text = `${name}: ${onOneLine(outcomeReason(outcome, { tasks: this.#tasks }))}`;
      this.#write({ level: "info", thread, text });
    }
    const result = kind === undefined ? this.#taskResult(event) : nodeResult(kind, outcome);
    const base = thread === undefined ? name : `[${thread}] ${name}`;
    const tail = this.#tail(event, view);
    // In a pipe, the format of the original is a prefix of the line.
    const excess = this.#isOnTerminal ? Math.max(0, tail.text.length - DURATION_COLUMNS) : 0;
    const width = this.#width - excess;
    const dots = ".".repeat(Math.max(0, width - displayWidth(base) - result.length));
    this.#write({ level: "info", text: `${base} ${dots} ${result}`, tail: tail.styled });
  }

  /** The end of a task's line: ` FLAKY 2/3 1.23s`, without what does not apply. */
  #tail({ task, outcome }: TaskFinished, { attempts, tookMs }: RunView): Tail {
    const { style } = this.#options;
    const attempt = attempts[task] ?? 1;
    const ms = tookMs[task] ?? 0;
    const max = this.#tasks[task]!.attempts ?? attempt;
    const { kind } = this.#tasks[task]!;
    const isFlaky = kind === undefined && outcome.status === "passed" && attempt > 1;
    const flaky = isFlaky ? ` FLAKY ${attempt}/${max}` : "";
    const duration = ms >= DURATION_MIN_MS ? ` ${formatDuration(ms)}` : "";
    return { text: flaky + duration, styled: style.warn(flaky) + style.dim(duration) };
  }

  get #isOnTerminal(): boolean {
    return this.#options.columns?.() !== undefined;
  }

  #taskResult({ cached, outcome }: TaskFinished): string {
    const status = cached ? "cached" : outcome.status;
    const percent = Math.floor(this.#finished / this.#taskCount * 100);
    return `${status.toUpperCase()} [${String(percent).padStart(3)}% ]`;
  }

  get #width(): number {
    const { verbose } = this.#options;
    const columns = this.#options.columns?.();
    if (columns === undefined) return WIDTH;
    const taken = timeColumns(columns) + GAPS + DURATION_COLUMNS + (verbose ? LEVEL_COLUMNS : 0);
    return Math.min(WIDTH, columns - taken);
  }

  /**
   * Writes a line about a failed or skipped task. Tasks cancelled before their start are listed in
   * the recap.
   */
  #finishBriefly({ task, worker, outcome }: TaskFinished): void {
    const { name } = this.#tasks[task]!;
    const error = errorOf(outcome);
    if (error !== undefined) {
      const level = outcome.status === "failed" ? "error" : "warn";
      const thread = worker === null ? undefined : threadName(worker);
      const text = `${name} ${outcome.status.toUpperCase()}: ${this.#firstLine(error)}`;
      this.#write({ level, thread, text });
    } else if (outcome.status === "skipped") {
      const why = outcomeReason(outcome, { tasks: this.#tasks });
      this.#write({ level: "warn", text: `${name} SKIPPED: ${why}` });
    }
  }

  #firstLine(error: ErrorRecord): string {
    return errorLine(error, this.#options.style.sanitize);
  }

  #write(line: LogLine): void {
    if (line.level === "debug" && !this.#options.verbose) return;
    if (this.#options.isBrief && !isWarningOrError(line.level)) return;
    this.#options.line(logLine(this.#options, line));
  }
}

/** The result of a set-up or a tear-down, which is no part of the progress. */
function nodeResult(kind: ResourceNodeKind, { status }: TaskOutcome): string {
  if (status !== "passed") return status.toUpperCase();
  return kind === "resource" ? "SET UP" : "TORN DOWN";
}

/**
 * Whether a task was cancelled before it started. On a terminal the recap counts these tasks: there
 * may be thousands, and a log that others read has a line for each task.
 */
function neverStarted({ task, outcome }: TaskFinished, { startedMs }: RunView): boolean {
  return outcome.status === "cancelled" && startedMs[task] === undefined;
}
