/** The last lines of output of each failed task, for the recap. */
import type { Reporter } from "../../events/reporter.ts";
import type { RunEvent, TaskOutput } from "../../events/run_event.ts";
import type { TaskId } from "../../task/task.ts";
import { truncate } from "../../base/text_format.ts";
import { labelOutput } from "./label_output.ts";

/** The last lines of a task's output. */
export interface OutputTail {
  /** The last lines, log lines with their level. */
  readonly lines: readonly string[];
  /** The number of all lines. */
  readonly count: number;
}

/** Maximum number of lines: a failure with its excerpt and output fits on a screen of 24 rows. */
const LINES_MAX = 10;
/** Maximum length of a line in UTF-16 units. */
const LINE_MAX = 1000;

/** Keeps the last lines of tasks that are running or have failed. */
export class FailedOutput implements Reporter {
  readonly #tails = new Map<TaskId, { readonly lines: string[]; count: number }>();
  readonly #verbose: boolean;
  #ended: (true | undefined)[] = [];

  /** @param options With `verbose`, debug lines are kept. */
  constructor({ verbose }: { readonly verbose: boolean }) {
    this.#verbose = verbose;
  }

  report(event: RunEvent): void {
    if (event.type === "task-output") this.#add(event);
    else if (event.type === "task-finished" && event.outcome.status !== "failed") {
      this.#ended[event.task] = true;
      this.#tails.delete(event.task);
    }
  }

  /** Returns the last lines of a failed task; undefined if it printed nothing. */
  of(task: TaskId): OutputTail | undefined {
    return this.#tails.get(task);
  }

  #add(event: TaskOutput): void {
    const { task, channel, level } = event;
    if (task === null || this.#ended[task]) return;
    if (channel === "log" && level === "debug" && !this.#verbose) return;
    const tail = this.#tails.getOrInsertComputed(task, () => ({ lines: [], count: 0 }));
    tail.count++;
    tail.lines.push(truncate(labelOutput(event), LINE_MAX));
    if (tail.lines.length > LINES_MAX) tail.lines.shift();
  }
}
