/**
 * The default output: a line per finished task, in the format of the Python original, and lines for
 * other notable events. Above a live region (a progress bar) only problems are shown.
 */
import { unreachable } from "../../base/assert.ts";
import type { ErrorRecord } from "../../base/error_record.ts";
import { formatDuration } from "../../base/duration.ts";
import { abbreviateList, onOneLine, plural, truncate } from "../../base/text_format.ts";
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
import { isSuccessful, type RunView } from "../../events/run_view.ts";
import { tally, tallyTexts } from "../../events/tally.ts";
import { wrapLine } from "../wrap_line.ts";
import { errorLine, errorLines, firstLine } from "./error_line.ts";
import { displayWidth } from "../../base/display_width.ts";
import { isWarningOrError, type LogLine, logLine, timeColumns } from "./log_line.ts";
import { errorOf, outcomeReason } from "../../events/outcome_reason.ts";
import type { ResourceNodeKind, TaskId } from "../../task/task.ts";
import { type OutputOptions, TaskOutputReporter } from "./task_output_reporter.ts";

/** Width to which dots pad a line, as in the original; less on a narrower terminal. */
const WIDTH = 75;
/** Columns of the spaces around the dots. */
const GAPS = 2;
/** Columns left for the duration after the percentage, on a terminal. */
const DURATION_COLUMNS = " 1m 23s".length;
/** Maximum length of the cause of a skip, in UTF-16 units. */
const CAUSE_MAX = 200;
/** Minimum duration that is shown, in milliseconds: most tasks are shorter. */
const DURATION_MIN_MS = 100;
const LEVEL_COLUMNS = "INFO  ".length;
/** Maximum number of lines of an error while tasks are running; the recap has the rest. */
const ERROR_LINES_MAX = 5;
/** Indent of the lines of an error that follow its first one. */
const ERROR_INDENT = 4;

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
          source: this.#nameOf(event.task),
          text: "started",
        });
      case "task-retried":
        return this.#retry(event);
      case "task-finished":
        return this.#finish(event, view);
      case "stray-error": {
        const thread = threadName(event.worker);
        return this.#writeError({ level: "error", thread, text: "uncaught " }, event.error);
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
        this.#write({ level: "info", text: "all work completed" });
        return this.#writeVerdict(view);
      default:
        unreachable(event);
    }
  }

  #start({ tasks, workers, mocked }: RunStarted): void {
    this.#tasks = tasks;
    const count = tasks.filter(({ kind }) => kind === undefined).length;
    // Each thread may have one of its own: that is one resource.
    const resources = tasks.filter(({ kind, worker = 0 }) => kind === "resource" && worker === 0)
      .length;
    this.#taskCount = count;
    const used = resources === 0 ? "" : `, ${plural(resources, "resource")}`;
    const collected = `${plural(count + mocked.length, "task")}${used}`;
    const names = onOneLine(abbreviateList(mocked)); // a rerun may have thousands
    const which = mocked.length > 0 ? `, ${mocked.length} mocked (${names})` : "";
    this.#write({ level: "info", text: `collected ${collected}${which}` });
    this.#write({ level: "info", text: `starting thread pool with ${plural(workers, "thread")}` });
  }

  #retry({ task, worker, attempt, error, delayMs }: TaskRetried): void {
    const name = this.#nameOf(task, worker);
    const again = delayMs > 0
      ? `retrying in ${Number((delayMs / 1000).toPrecision(3))}s`
      : "retrying";
    const text = `${name}: attempt ${attempt} failed, ${again}: ${this.#firstLine(error)}`;
    this.#write({ level: "warn", thread: threadName(worker), text });
  }

  /** Writes the reason. The command has printed a line about an interrupt. */
  #cancel({ reason }: RunCancelled): void {
    if (reason === "interrupted" && this.#options.isOfCommand) return;
    this.#write({ level: "warn", text: CANCEL_REASON_TEXT[reason] });
  }

  #finish(event: TaskFinished, view: RunView): void {
    if (this.#isOnTerminal && neverStarted(event, view)) return;
    const { task, worker, outcome } = event;
    const { kind } = this.#tasks[task]!;
    // Without users there is no set-up, and without that nothing to tear down.
    if (kind === "resource" && isUnneeded(outcome)) return;
    if (kind === "teardown" && outcome.status === "skipped") return;
    if (kind === undefined) this.#finished++;
    if (this.#options.isBrief) return this.#finishBriefly(event, view);
    const name = this.#nameOf(task, worker);
    const thread = worker === null ? undefined : threadName(worker);
    const error = errorOf(outcome);
    if (error !== undefined) {
      const level = outcome.status === "failed" ? "error" : "warn";
      this.#writeError({ level, thread, text: `${name}: ` }, error);
    }
    const result = kind === undefined ? this.#taskResult(event) : nodeResult(kind, event);
    const base = thread === undefined ? name : `[${thread}] ${name}`;
    const tail = this.#tail(event, view);
    // In a pipe, the format of the original is a prefix of the line.
    const excess = this.#isOnTerminal ? Math.max(0, tail.text.length - DURATION_COLUMNS) : 0;
    const width = this.#width - excess;
    const dots = ".".repeat(Math.max(0, width - displayWidth(base) - result.length));
    this.#write({ level: "info", text: `${base} ${dots} ${result}`, tail: tail.styled });
  }

  /**
   * The end of a task's line: ` FLAKY 2/3 1.23s`, or the cause of a skip: ` (load failed)`; without
   * what does not apply.
   */
  #tail({ task, outcome }: TaskFinished, view: RunView): Tail {
    const { attempts, tookMs } = view;
    const { style } = this.#options;
    const attempt = attempts[task] ?? 1;
    const ms = tookMs[task] ?? 0;
    const max = this.#tasks[task]!.attempts ?? attempt;
    const { kind } = this.#tasks[task]!;
    const isFlaky = kind === undefined && outcome.status === "passed" && attempt > 1;
    const flaky = isFlaky ? ` FLAKY ${attempt}/${max}` : "";
    const duration = ms >= DURATION_MIN_MS ? ` ${formatDuration(ms)}` : "";
    const why = outcome.status === "skipped" ? ` (${this.#skipCause(outcome, view)})` : "";
    return { text: flaky + duration + why, styled: style.warn(flaky) + style.dim(duration + why) };
  }

  /** The cause of a skip, truncated, without the tasks in between, which the recap has. */
  #skipCause(outcome: TaskOutcome & { readonly status: "skipped" }, { outcomes }: RunView): string {
    const direct = outcome.cause === null ? outcome : { ...outcome, via: outcome.cause };
    return onOneLine(truncate(outcomeReason(direct, { tasks: this.#tasks, outcomes }), CAUSE_MAX));
  }

  /** The name for a line. If the line has the thread of a resource, the name does not. */
  #nameOf(task: TaskId, thread: number | null = null): string {
    const { name, worker } = this.#tasks[task]!;
    if (worker === undefined || worker !== thread) return onOneLine(name);
    return onOneLine(name.replace(` [${threadName(thread)}]`, ""));
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
  #finishBriefly({ task, worker, outcome }: TaskFinished, { outcomes }: RunView): void {
    const name = this.#nameOf(task);
    const error = errorOf(outcome);
    if (error !== undefined) {
      const level = outcome.status === "failed" ? "error" : "warn";
      const thread = worker === null ? undefined : threadName(worker);
      this.#writeError({ level, thread, text: `${name} ${outcome.status.toUpperCase()}: ` }, error);
    } else if (outcome.status === "skipped" && !isUnneeded(outcome)) {
      const why = onOneLine(outcomeReason(outcome, { tasks: this.#tasks, outcomes }));
      this.#write({ level: "warn", text: `${name} SKIPPED: ${why}` });
    }
  }

  #firstLine(error: ErrorRecord): string {
    return errorLine(error, this.#options.style.sanitize);
  }

  /**
   * Writes the counts of a run that has failed: the line before, which the original ends every run
   * with, also follows failures.
   */
  #writeVerdict(view: RunView): void {
    if (isSuccessful(view) || this.#options.isBrief) return;
    const { strayErrors, cancelled } = view;
    const texts = tallyTexts({ ...tally(view), passed: 0, flaky: 0, cached: 0, unneeded: 0 });
    const problems = texts.filter((text) => !text.startsWith("0 "));
    if (strayErrors.length > 0) problems.push(plural(strayErrors.length, "stray error"));
    if (problems.length === 0 && cancelled) problems.push(CANCEL_REASON_TEXT[cancelled]);
    this.#write({ level: "error", text: `the run failed: ${problems.join(", ")}` });
  }

  /** Writes the first lines of an error after a text. */
  #writeError(line: LogLine, error: ErrorRecord): void {
    const { style, columns } = this.#options;
    const [first = "", ...rest] = errorLines(error, style.sanitize, ERROR_LINES_MAX);
    this.#write({ ...line, text: line.text + first });
    const width = columns?.();
    const indent = timeColumns(width) + ERROR_INDENT;
    for (const text of rest) {
      const whole = `${" ".repeat(indent)}${text}`;
      this.#options.line(width === undefined ? whole : wrapLine(whole, width, indent));
    }
  }

  #write(line: LogLine): void {
    if (line.level === "debug" && !this.#options.verbose) return;
    if (this.#options.isBrief && !isWarningOrError(line.level)) return;
    this.#options.line(logLine(this.#options, line));
  }
}

/** The result of a set-up or a tear-down, which is no part of the progress. */
function nodeResult(kind: ResourceNodeKind, { outcome: { status }, kept }: TaskFinished): string {
  if (status !== "passed") return status.toUpperCase();
  if (kept) return "KEPT";
  return kind === "resource" ? "SET UP" : "TORN DOWN";
}

/**
 * Whether a task was cancelled before it started. On a terminal the recap counts these tasks: there
 * may be thousands, and a log that others read has a line for each task.
 */
function neverStarted({ task, outcome }: TaskFinished, { startedMs }: RunView): boolean {
  return outcome.status === "cancelled" && startedMs[task] === undefined;
}
