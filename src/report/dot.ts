/** A character for each task that has its outcome: what a long run needs to show, and no more. */
import type { Reporter, RunEvent, TaskStatus } from "../events/run_event.ts";
import type { Style } from "./style.ts";

/** Where the characters go, and how they look. */
export interface DotOptions {
  /** Takes a piece of text; what is no whole line has no line break. */
  readonly write: (text: string) => void;
  /** Takes a line that a task printed to its standard output. */
  readonly printed: (line: string) => void;
  readonly style: Style;
}

/** A row has this many characters. */
const WIDTH = 80;

/**
 * See the head of this file. `.` passed, `R` passed after failed attempts, `F` failed, `s` skipped,
 * `c` cancelled. What tasks print stands on lines of its own; what they log is left out.
 */
export class DotReporter implements Reporter {
  readonly #options: DotOptions;
  readonly #again = new Set<number>();
  #column = 0;

  constructor(options: DotOptions) {
    this.#options = options;
  }

  report(event: RunEvent): void {
    switch (event.type) {
      case "task-retried":
        this.#again.add(event.task);
        return;
      case "task-finished":
        return this.#put(this.#sign(event.outcome.status, this.#again.delete(event.task)));
      case "task-output": {
        if (event.channel === "log") return;
        this.#endRow();
        if (event.channel === "stdout") return this.#options.printed(event.text);
        return this.#options.write(`${event.text}\n`);
      }
      case "run-finished":
        return this.#endRow();
    }
  }

  #sign(status: TaskStatus, wasRetried: boolean): string {
    const { good, bad, warn } = this.#options.style;
    switch (status) {
      case "passed":
        return wasRetried ? warn("R") : good(".");
      case "failed":
        return bad("F");
      case "skipped":
        return warn("s");
      case "cancelled":
        return warn("c");
    }
  }

  #put(sign: string): void {
    this.#options.write(sign);
    if (++this.#column === WIDTH) this.#endRow();
  }

  #endRow(): void {
    if (this.#column > 0) this.#options.write("\n");
    this.#column = 0;
  }
}
