/**
 * The GitHub Actions format: workflow commands in which a task's output is a collapsible group and
 * a failure is an annotation at the line that threw. Task output is enclosed in `stop-commands`
 * with an unguessable token, so that no line of it is executed as a command.
 */
import type { ErrorRecord } from "../../base/error_record.ts";
import { onOneLine } from "../../base/text_format.ts";
import type { Reporter } from "../../events/reporter.ts";
import type { RunEvent, StrayError, TaskFinished, TaskOutput } from "../../events/run_event.ts";
import { CANCEL_REASON_TEXT, threadName } from "../../events/run_event.ts";
import { isFlaky, type RunView } from "../../events/run_view.ts";
import { formatError } from "../text/format_error.ts";
import { formatUrl, userFrames } from "../text/stack_frames.ts";
import { markdownSummary } from "./markdown_summary.ts";
import { TailBuffer } from "../text/tail_buffer.ts";
import { errorOf, outcomeReason, suspectsLabel } from "../../events/outcome_reason.ts";
import { labelOutput } from "../text/label_output.ts";
import { plainStyle } from "../style.ts";

/** Options of a {@linkcode GithubReporter}. */
export interface GithubOptions {
  /** Writes a line; the text has no line break. */
  readonly line: (text: string) => void;
  /** The folder of the checkout: annotations name files relative to it. */
  readonly workspace: string;
  /** Appends Markdown to the job summary, if there is one. */
  readonly summary?: ((markdown: string) => void) | undefined;
  /** Creates an unguessable text. */
  readonly token?: () => string;
}

/**
 * Maximum output kept per task, in UTF-16 units. It is buffered until the task ends, since groups
 * cannot interleave.
 */
const OUTPUT_MAX = 1024 * 1024;

/** Writes a run as workflow commands. */
export class GithubReporter implements Reporter {
  readonly #options: GithubOptions;
  /** The view of the current event. */
  #view!: RunView;
  readonly #output = new Map<number | null, TailBuffer>();

  constructor(options: GithubOptions) {
    this.#options = options;
  }

  report(event: RunEvent, view: RunView): void {
    this.#view = view;
    switch (event.type) {
      case "task-output":
        return this.#addOutput(event);
      case "task-retried": {
        const { task, attempt, error } = event;
        const lines = this.#errorLines(error);
        return [`attempt ${attempt} failed: ${lines[0]}`, ...lines.slice(1)]
          .forEach((line) => this.#outputOf(task).add(line));
      }
      case "task-finished":
        return this.#finish(event);
      case "stray-error":
        return this.#annotateStrayError(event);
      case "worker-lost":
        return this.#annotate("warning", threadName(event.worker), [event.error.message]);
      case "run-cancelled":
        return this.#annotate("warning", "Run cancelled", [CANCEL_REASON_TEXT[event.reason]]);
      case "run-finished":
        this.#writeLateOutput();
        this.#writeGroup("Output between tasks", null);
        return this.#options.summary?.(markdownSummary(this.#view));
    }
  }

  #addOutput(event: TaskOutput): void {
    this.#outputOf(event.task).add(labelOutput(event));
  }

  #outputOf(task: number | null): TailBuffer {
    return this.#output.getOrInsertComputed(task, () => new TailBuffer(OUTPUT_MAX));
  }

  #finish({ task, worker, outcome, cached }: TaskFinished): void {
    const name = this.#view.tasks[task]!.name;
    const tookMs = this.#view.tookMs[task];
    const title = [
      worker === null ? "[main]" : `[${threadName(worker)}]`,
      `${name} ${(cached ? "cached" : outcome.status).toUpperCase()}`,
      ...(tookMs === undefined ? [] : [`in ${(tookMs / 1000).toFixed(2)}s`]),
      ...(outcome.status === "skipped" ? [`since ${outcomeReason(outcome, this.#view)}`] : []),
    ].join(" ");
    this.#writeGroup(title, task);
    const error = errorOf(outcome);
    if (error !== undefined) {
      const isFailed = outcome.status === "failed";
      const [kind, what] = isFailed
        ? ["error", "failed"] as const
        : ["warning", "was cancelled"] as const;
      return this.#annotate(kind, `${name} ${what}`, this.#errorLines(error), error);
    }
    if (!isFlaky(this.#view, task)) return;
    const before = this.#view.retryErrors.get(task);
    const [first] = before === undefined ? [] : this.#errorLines(before);
    const after = first === undefined ? "" : `, after ${first}`;
    this.#annotate(
      "warning",
      `${name} is flaky`,
      [`passed on attempt ${this.#view.attempts[task]}${after}`],
      before,
    );
  }

  /** Writes output that arrived after the groups of its tasks were written. */
  #writeLateOutput(): void {
    for (const task of [...this.#output.keys()]) {
      if (task === null) continue;
      this.#writeGroup(`${this.#view.tasks[task]!.name}, after its end`, task);
    }
  }

  #annotateStrayError(event: StrayError): void {
    const { error, worker } = event;
    const lines = [...this.#errorLines(error), suspectsLabel(event, this.#view)];
    this.#annotate("error", `Error outside of tasks on ${threadName(worker)}`, lines, error);
  }

  /** Writes a title, and the output as a group; only the title if there is no output. */
  #writeGroup(title: string, task: number | null): void {
    const lines = this.#output.get(task)?.lines() ?? [];
    this.#output.delete(task);
    if (lines.length > 0) {
      this.#options.line(`::group::${escapeData(title)}`);
      for (const line of withCommandsStopped(lines, this.#options.token)) this.#options.line(line);
      this.#options.line("::endgroup::");
    } else if (task !== null) this.#options.line(onOneLine(title).replaceAll("##[", "## ["));
  }

  #annotate(
    kind: "error" | "warning",
    title: string,
    lines: readonly string[],
    error?: ErrorRecord,
  ): void {
    const properties = Object.entries({ ...this.#locationOf(error), title })
      .map(([key, value]) => `${key}=${escapeProperty(value)}`).join(",");
    this.#options.line(`::${kind} ${properties}::${escapeData(lines.join("\n"))}`);
  }

  /** The location where an error was thrown, if it is in the workspace. */
  #locationOf(error: ErrorRecord | undefined): Record<string, string> {
    const { workspace } = this.#options;
    for (const { url, line, column } of userFrames(error?.stack, error?.message)) {
      const file = formatUrl(url, workspace);
      const isInside = url.startsWith("file:") && file !== formatUrl(url);
      if (isInside) return { file, line: String(line), col: String(column) };
    }
    return {};
  }

  #errorLines(error: ErrorRecord): string[] {
    return formatError(error, plainStyle, { folder: this.#options.workspace });
  }
}

/** Encloses lines so that the runner prints them without executing commands. */
export function withCommandsStopped(
  lines: readonly string[],
  makeToken: () => string = () => crypto.randomUUID(),
): string[] {
  const token = makeToken();
  return [`::stop-commands::${token}`, ...lines, `::${token}::`];
}

function escapeData(text: string): string {
  return plainStyle.sanitize(text).toWellFormed()
    .replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}

function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(":", "%3A").replaceAll(",", "%2C");
}
