/**
 * Output of tasks: written immediately, or buffered until its task ends, so that lines of one task
 * stay together.
 */
import type { Reporter } from "../../events/reporter.ts";
import type { RunEvent, TaskFinished, TaskOutput } from "../../events/run_event.ts";
import { threadName } from "../../events/run_event.ts";
import { onOneLine } from "../../base/text_format.ts";
import type { TaskId } from "../../task/task.ts";
import { isWarningOrError, type LineFormat, logLine } from "./log_line.ts";
import { plainStyle, type Style } from "../style.ts";

/**
 * The mode of task output:
 *
 * - `live`: immediately.
 * - `grouped`: all output of a task when the task ends, below a header, before the line of its end.
 * - `failed`: as `grouped`, for failed tasks only.
 * - `none`: no output.
 *
 * Output that is written immediately names its task: `[thread_0] build: text`. Output after its
 * task's end is written immediately.
 */
export type OutputMode = "live" | "grouped" | "failed" | "none";

/** Options of task output. */
export interface OutputOptions extends LineFormat {
  /** Writes a line for people; the text has no line break. */
  readonly line: (text: string) => void;
  /** Writes a line that a task printed to standard output. */
  readonly stdout: (text: string) => void;
  /** The style of lines on standard output, which may be redirected; plain by default. */
  readonly stdoutStyle?: Style;
  readonly mode: OutputMode;
  /** Whether log lines below a warning are omitted from immediate output. */
  readonly isBrief: boolean;
  /**
   * Whether the lines are the output of the command, which prints a line about an interrupt itself;
   * false for files and programs.
   */
  readonly isOfCommand?: boolean;
}

interface Line {
  readonly isPrinted: boolean;
  readonly text: string;
}

/** The buffered output of a task. */
interface Held {
  readonly lines: Line[];
  /** The attempt that the last line belongs to. */
  attempt: number;
}

/** Writes task output according to the mode. */
export class TaskOutputReporter implements Reporter {
  readonly #options: OutputOptions;
  #names: readonly string[] = [];
  /** Buffered output by task. */
  readonly #held = new Map<TaskId, Held>();
  /** The current attempt by task, if it is not the first. */
  readonly #attempts = new Map<TaskId, number>();
  /** Whether the output of each finished task is shown, by task id. */
  readonly #finished: (boolean | undefined)[] = [];

  constructor(options: OutputOptions) {
    this.#options = options;
  }

  report(event: RunEvent): void {
    if (event.type === "run-started") this.#names = event.tasks.map((task) => onOneLine(task.name));
    else if (event.type === "task-output") this.#output(event);
    else if (event.type === "task-finished") this.#finish(event);
    else if (event.type === "task-started" && event.attempt > 1) {
      this.#attempts.set(event.task, event.attempt);
    }
  }

  #output(event: TaskOutput): void {
    const { mode, verbose, isBrief } = this.#options;
    const isShown = event.task === null ? undefined : this.#finished[event.task];
    if (mode === "none" || isShown === false) return;
    const isLive = mode === "live" || event.task === null || isShown === true;
    if (event.channel === "log") {
      if (event.level === "debug" && !verbose) return;
      if (isLive && isBrief && !isWarningOrError(event.level)) return;
    }
    if (isLive) this.#show(this.#format(event, true));
    else this.#hold(event.task!, this.#format(event, false));
  }

  /** @param isNamed Whether a printed line names its task; below the header of a task none does. */
  #format({ worker, task, hook, channel, level, text }: TaskOutput, isNamed: boolean): Line {
    const thread = threadName(worker);
    const source = task === null ? hook : this.#names[task];
    if (channel !== "log") {
      const isPrinted = channel === "stdout";
      const { style: lineStyle, stdoutStyle = plainStyle } = this.#options;
      const style = isPrinted ? stdoutStyle : lineStyle;
      const owner = source !== undefined && isNamed ? `[${thread}] ${source}:` : `[${thread}]`;
      return { isPrinted, text: `${style.dim(owner)} ${text}` };
    }
    return {
      isPrinted: false,
      text: logLine(this.#options, { level, thread, source, text, isLogged: true }),
    };
  }

  #hold(task: TaskId, line: Line): void {
    const attempt = this.#attempts.get(task) ?? 1;
    const held = this.#held.getOrInsertComputed(task, () => ({ lines: [], attempt: 0 }));
    if (held.attempt !== attempt) {
      held.attempt = attempt;
      const which = attempt === 1 ? "" : `, attempt ${attempt}`;
      const text = this.#options.style.dim(`---- ${this.#names[task]}${which} ----`);
      held.lines.push({ isPrinted: false, text });
    }
    held.lines.push(line);
  }

  #finish({ task, outcome }: TaskFinished): void {
    const held = this.#held.get(task);
    this.#held.delete(task);
    this.#attempts.delete(task);
    const isShown = this.#options.mode !== "failed" || outcome.status === "failed";
    this.#finished[task] = isShown;
    if (!held || !isShown) return;
    for (const line of held.lines) this.#show(line);
  }

  #show({ isPrinted, text }: Line): void {
    if (isPrinted) this.#options.stdout(text);
    else this.#options.line(text);
  }
}
