/**
 * The HTML report of a run: one self-contained file, for a browser or an archive of build results.
 */
import { onOneLine } from "../../base/text_format.ts";
import type { TextSink } from "../../base/write_all.ts";
import type { Reporter } from "../../events/reporter.ts";
import { type RunEvent, type TaskFinished, threadName } from "../../events/run_event.ts";
import { errorOf } from "../../events/outcome_reason.ts";
import { isFlaky, type RunView } from "../../events/run_view.ts";
import type { TaskId } from "../../task/task.ts";
import type { ErrorContext } from "../text/format_error.ts";
import { SHOWN_MAX } from "./errors_section.ts";
import { htmlReport } from "./html_report.ts";
import { TailBuffer } from "../text/tail_buffer.ts";
import { labelOutput } from "../text/label_output.ts";
import { AttemptTimeline } from "../formats/attempt_timeline.ts";

/** Facts about the run that no event has. */
export interface HtmlOptions extends ErrorContext {
  /** The name of the module, for the heading. */
  readonly module: string;
}

/** Maximum output kept per task, in UTF-16 units. */
const OUTPUT_MAX = 16 * 1024;

/** Writes an HTML page when the run has finished. */
export class HtmlReporter implements Reporter {
  readonly #out: TextSink;
  readonly #options: HtmlOptions;
  /** The view of the current event. */
  #view!: RunView;
  readonly #timeline = new AttemptTimeline();
  readonly #outputs = new Map<TaskId, TailBuffer>();
  /** Separators between the attempts of a task, written before the next line of output. */
  readonly #attemptSeparators = new Map<TaskId, string>();
  readonly #shownCounts = { passed: 0, failed: 0, skipped: 0, cancelled: 0 };
  /** Finished tasks whose output is shown. */
  readonly #keptTasks = new Set<TaskId>();

  constructor(out: TextSink, options: HtmlOptions) {
    this.#out = out;
    this.#options = options;
  }

  report(event: RunEvent, view: RunView): void {
    this.#view = view;
    this.#timeline.add(event);
    switch (event.type) {
      case "task-output":
        if (event.task !== null) this.#addOutput(event.task, labelOutput(event));
        return;
      case "task-retried":
        this.#attemptSeparators.set(
          event.task,
          `--- attempt ${event.attempt} failed on ${threadName(event.worker)} ---`,
        );
        return;
      case "task-finished":
        return this.#finish(event);
      case "run-finished":
        return this.#write();
    }
  }

  /**
   * Drops the output of a finished task, unless the page shows it: that of the first tasks per
   * outcome with an error, or flaky.
   */
  #finish({ task, outcome }: TaskFinished): void {
    const isShown = errorOf(outcome) !== undefined || isFlaky(this.#view, task);
    const count = this.#shownCounts[outcome.status] += isShown ? 1 : 0;
    this.#attemptSeparators.delete(task);
    if (isShown && count <= SHOWN_MAX) this.#keptTasks.add(task);
    else this.#outputs.delete(task);
  }

  #addOutput(task: TaskId, line: string): void {
    if (this.#view.outcomes[task] !== undefined && !this.#keptTasks.has(task)) return;
    const kept = this.#outputs.getOrInsertComputed(task, () => new TailBuffer(OUTPUT_MAX));
    const before = this.#attemptSeparators.get(task);
    if (before !== undefined) kept.add(before);
    this.#attemptSeparators.delete(task);
    kept.add(line);
  }

  #write(): void {
    const output = new Map([...this.#outputs].map(([task, kept]) => [task, kept.lines()]));
    const { attempts } = this.#timeline;
    this.#out.write(
      htmlReport(withPrintableNames(this.#view), { ...this.#options, attempts, output }),
    );
  }
}

/** Escapes unprintable characters in names, so that different names look different. */
function withPrintableNames(view: RunView): RunView {
  return { ...view, tasks: view.tasks.map((task) => ({ ...task, name: onOneLine(task.name) })) };
}
