/** The dot format: one character per finished task, for long runs. */
import type { Reporter } from "../../events/reporter.ts";
import { isUnneeded, type RunEvent, type TaskFinished } from "../../events/run_event.ts";
import { isTaskNode, type RunView } from "../../events/run_view.ts";
import { type OutputOptions, TaskOutputReporter } from "./task_output_reporter.ts";
import type { Style } from "../style.ts";

/** Options of a {@linkcode DotReporter}. */
export interface DotOptions extends Omit<OutputOptions, "isBrief"> {
  /** Writes a text without adding a line break. */
  readonly write: (text: string) => void;
  readonly style: Style;
}

/** Maximum number of characters per row; fewer if the terminal is narrower. */
const WIDTH = 80;

/**
 * Writes a character per finished task: `.` passed, `=` restored from the cache, `R` passed after
 * failed attempts, `F` failed, `s` skipped, `u` unneeded, `c` cancelled. Output of tasks is on
 * lines of its own, between two rows.
 */
export class DotReporter implements Reporter {
  readonly #write: (text: string) => void;
  readonly #style: Style;
  readonly #output: TaskOutputReporter;
  readonly #retried = new Set<number>();
  readonly #columns: () => number | undefined;
  #column = 0;

  constructor(options: DotOptions) {
    const { line, stdout, columns = () => undefined } = options;
    this.#columns = columns;
    this.#write = options.write;
    this.#style = options.style;
    this.#output = new TaskOutputReporter({
      ...options,
      isBrief: true,
      line: (text) => this.#writeBetweenRows(line, text),
      stdout: (text) => this.#writeBetweenRows(stdout, text),
    });
  }

  report(event: RunEvent, view: RunView): void {
    this.#output.report(event);
    switch (event.type) {
      case "task-retried":
        this.#retried.add(event.task);
        return;
      case "task-finished":
        if (!isTaskNode(view, event.task) && event.outcome.status !== "failed") return;
        if (event.cached) return this.#writeSign(this.#style.good("="));
        return this.#writeSign(this.#sign(event));
      case "run-finished":
        return this.#endRow();
    }
  }

  #writeBetweenRows(show: (text: string) => void, text: string): void {
    this.#endRow();
    show(text);
  }

  #sign({ task, outcome }: TaskFinished): string {
    const { good, bad, warn, dim } = this.#style;
    const wasRetried = this.#retried.delete(task);
    switch (outcome.status) {
      case "passed":
        return wasRetried ? warn("R") : good(".");
      case "failed":
        return bad("F");
      case "skipped":
        return isUnneeded(outcome) ? dim("u") : warn("s");
      case "cancelled":
        return warn("c");
    }
  }

  #writeSign(sign: string): void {
    this.#write(sign);
    if (++this.#column >= Math.min(WIDTH, this.#columns() ?? WIDTH)) this.#endRow();
  }

  #endRow(): void {
    if (this.#column > 0) this.#write("\n");
    this.#column = 0;
  }
}
