/**
 * What tasks print and log: as it comes, or held back until its task ends, so that what belongs
 * together stands together.
 */
import type { Reporter, RunEvent, TaskFinished, TaskOutput } from "../../events/run_event.ts";
import { threadName } from "../../events/run_event.ts";
import { onOneLine } from "../../base/text_format.ts";
import type { TaskId } from "../../task/task.ts";
import { isWarningOrError, type LineFormat, logLine } from "./log_line.ts";

/**
 * - `live`: as it comes.
 * - `grouped`: all of a task when it ends, under a header, before anything else says that it ended.
 * - `failed`: the same, of tasks that failed.
 * - `none`: not at all.
 *
 * Output that comes after its task has finished is shown as it comes, with the name of the task.
 */
export type OutputMode = "live" | "grouped" | "failed" | "none";

/** Where output goes, and which. */
export interface OutputOptions extends LineFormat {
  /** Takes a finished line for people, without its line break. */
  readonly line: (text: string) => void;
  /** Takes a line that a task printed to its standard output. */
  readonly stdout: (text: string) => void;
  readonly mode: OutputMode;
  /** How wide the terminal is that it is read on, if it is one. */
  readonly columns?: (() => number | undefined) | undefined;
  /** Whether logs below a warning are left out, where output is shown as it comes. */
  readonly isBrief: boolean;
}

interface Line {
  readonly isPrinted: boolean;
  readonly text: string;
}

/** What a task has printed so far. */
interface Held {
  readonly lines: Line[];
  /** The attempt that the last line belongs to. */
  attempt: number;
}

/** See the head of this file. */
export class TaskOutputReporter implements Reporter {
  readonly #options: OutputOptions;
  #names: readonly string[] = [];
  /** By task: output that waits for its end. */
  readonly #held = new Map<TaskId, Held>();
  /** By task: the attempt under way, where it is not the first. */
  readonly #attempts = new Map<TaskId, number>();
  /** By task that has finished: whether its output is shown. */
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
    if (isLive) this.#show(this.#format(event, isShown === true));
    else this.#hold(event.task!, this.#format(event));
  }

  /** @param isLate Whether the task has finished, so that the line may stand among those of another. */
  #format({ worker, task, hook, channel, level, text }: TaskOutput, isLate = false): Line {
    const thread = threadName(worker);
    const source = task === null ? hook : this.#names[task];
    if (channel !== "log") {
      const from = source !== undefined && (task === null || isLate) ? `${source}: ` : "";
      return { isPrinted: channel === "stdout", text: `[${thread}] ${from}${text}` };
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
