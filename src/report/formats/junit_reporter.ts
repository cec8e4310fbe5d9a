/**
 * The JUnit XML format, for servers that display test results: one suite with a test case per task.
 * Except for the `file` of a test case, the XML is valid under both the old and the new schema of
 * Jenkins.
 */
import type { TextSink } from "../../base/write_all.ts";
import type { Reporter } from "../../events/reporter.ts";
import type { RunEvent, TaskFinished, TaskOutcome, TaskOutput } from "../../events/run_event.ts";
import { CANCEL_REASON_TEXT, threadName } from "../../events/run_event.ts";
import { isTaskNode, type RunView, type StrayRecord } from "../../events/run_view.ts";
import type { ErrorRecord } from "../../base/error_record.ts";
import { formatError } from "../text/format_error.ts";
import { TailBuffer } from "../text/tail_buffer.ts";
import { errorOf, outcomeReason, suspectsLabel } from "../../events/outcome_reason.ts";
import { labelOutput } from "../text/label_output.ts";
import { plainStyle } from "../style.ts";
import { element, escapeText, startTag } from "./xml.ts";

/** Facts about the run that no event has. */
export interface JunitOptions {
  /** The class name of every test case. */
  readonly module: string;
  /** The `file` of every test case. No schema has this attribute; GitLab and CircleCI link it. */
  readonly file?: string | undefined;
  /** Paths of files in this folder are relative to it. */
  readonly folder?: string;
}

/**
 * Maximum output kept per task and stream, in UTF-16 units: it is held in memory until the end of
 * the run.
 */
const OUTPUT_MAX = 16 * 1024;
/**
 * Maximum output kept of all finished tasks, in UTF-16 units; beyond it, the output of passed tasks
 * is dropped.
 */
const ALL_OUTPUT_MAX = 16 * 1024 * 1024;

/** The output of a task, or between tasks. */
class CapturedOutput {
  readonly out = new TailBuffer(OUTPUT_MAX);
  readonly err = new TailBuffer(OUTPUT_MAX);

  get size(): number {
    return this.out.size + this.err.size;
  }
}

/** Writes JUnit XML when the run has finished. */
export class JunitReporter implements Reporter {
  readonly #out: TextSink;
  readonly #options: JunitOptions;
  /** The view of the current event. */
  #view!: RunView;
  readonly #outputs = new Map<number | null, CapturedOutput>();
  #keptSize = 0;

  constructor(out: TextSink, options: JunitOptions) {
    this.#out = out;
    this.#options = options;
  }

  report(event: RunEvent, view: RunView): void {
    this.#view = view;
    switch (event.type) {
      case "task-output":
        return this.#addOutput(event);
      case "task-retried": {
        const lines = this.#errorLines(event.error);
        const err = this.#outputOf(event.task).err;
        err.add(`attempt ${event.attempt} failed: ${lines[0]}`);
        return lines.slice(1).forEach((line) => err.add(line));
      }
      case "task-finished":
        return this.#limitOutput(event);
      case "worker-lost":
        return this.#outputOf(null).err.add(`${threadName(event.worker)}: ${event.error.message}`);
      case "run-finished":
        return this.#write();
    }
  }

  #addOutput(event: TaskOutput): void {
    const outcome = event.task === null ? undefined : this.#view.outcomes[event.task];
    if (outcome?.status === "passed" && this.#keptSize >= ALL_OUTPUT_MAX) return;
    const text = labelOutput(event);
    if (outcome !== undefined) this.#keptSize += text.length;
    const { out, err } = this.#outputOf(event.task);
    const lines = event.channel === "stdout" ? out : err;
    lines.add(text);
  }

  #limitOutput({ task, outcome }: TaskFinished): void {
    const printed = this.#outputs.get(task);
    if (!printed) return;
    if (outcome.status !== "passed" || this.#keptSize < ALL_OUTPUT_MAX) {
      this.#keptSize += printed.size;
      return;
    }
    this.#outputs.delete(task);
    this.#outputOf(task).out.add("… omitted: the output of all tasks exceeds the limit …");
  }

  #outputOf(task: number | null): CapturedOutput {
    return this.#outputs.getOrInsertComputed(task, () => new CapturedOutput());
  }

  #write(): void {
    const view = this.#view;
    const { counts, strayErrors, elapsedMs, cancelled } = view;
    // A set-up or a tear-down is no test, but its failure is one.
    const cases = view.finished.filter((task) =>
      isTaskNode(view, task) || view.outcomes[task]!.status === "failed"
    );
    const all = {
      name: this.#options.module,
      tests: cases.length + strayErrors.length + (cancelled === undefined ? 0 : 1),
      failures: counts.failed,
      errors: strayErrors.length + (cancelled === undefined ? 0 : 1),
      time: seconds(elapsedMs),
    };
    const skipped = counts.skipped + counts.cancelled;
    const suite = { ...all, skipped, timestamp: view.startedAt ?? "" };
    this.#writeLine('<?xml version="1.0" encoding="UTF-8"?>');
    this.#writeLine(startTag("testsuites", all));
    this.#writeLine(`  ${startTag("testsuite", suite)}`);
    this.#writeProperties();
    for (const task of cases) this.#writeTask(task, view.outcomes[task]!);
    for (const [index, stray] of strayErrors.entries()) this.#writeStrayError(index, stray);
    if (cancelled !== undefined) this.#writeCancellation(cancelled);
    this.#writeOutput(this.#outputs.get(null), "    ");
    this.#writeLine("  </testsuite>");
    this.#writeLine("</testsuites>");
  }

  #writeProperties(): void {
    const { workers, mocked, cached, tasks } = this.#view;
    const names = Array.from(cached, (task) => tasks[task]!.name);
    const values = {
      workers,
      ...(mocked.length > 0 ? { mocked: mocked.join(", ") } : {}),
      ...(names.length > 0 ? { cached: names.join(", ") } : {}),
    };
    this.#writeLine("    <properties>");
    for (const [name, value] of Object.entries(values)) {
      this.#writeLine(`      ${element("property", { name, value })}`);
    }
    this.#writeLine("    </properties>");
  }

  #writeTask(task: number, outcome: TaskOutcome): void {
    const time = seconds(this.#view.tookMs[task] ?? 0);
    const problem = this.#problemElement(outcome);
    const printed = this.#outputs.get(task);
    this.#writeTestCase({ name: this.#view.tasks[task]!.name, time }, problem, printed);
  }

  #problemElement(outcome: TaskOutcome): string | undefined {
    switch (outcome.status) {
      case "passed":
        return undefined;
      case "failed":
        return this.#errorElement("failure", outcome.error);
      default: {
        const error = errorOf(outcome);
        const lines = error === undefined ? [] : this.#errorLines(error);
        const text = [outcomeReason(outcome, this.#view), ...lines].join("\n");
        return element("skipped", {}, escapeText(text));
      }
    }
  }

  /**
   * Reports a stray error as a separate test case: the failure is visible, and no task is blamed.
   */
  #writeStrayError(index: number, stray: StrayRecord): void {
    const name = `(stray error ${index + 1} on ${threadName(stray.worker)})`;
    const error = this.#errorElement(
      "error",
      stray.error,
      suspectsLabel(stray, this.#view),
    );
    this.#writeTestCase({ name, time: seconds(0) }, error);
  }

  /** Reports a cancellation as a failed test case, since all tasks that ran may have passed. */
  #writeCancellation(reason: NonNullable<RunView["cancelled"]>): void {
    const error = element("error", { type: reason, message: CANCEL_REASON_TEXT[reason] });
    this.#writeTestCase({ name: "(the whole run)", time: seconds(0) }, error);
  }

  #writeTestCase(
    attributes: { readonly name: string; readonly time: string },
    problem?: string,
    printed?: CapturedOutput,
  ): void {
    const { name, time } = attributes;
    const { module, file } = this.#options;
    const all = { name, classname: module, ...(file === undefined ? {} : { file }), time };
    if (problem === undefined && printed === undefined) {
      return this.#writeLine(`    ${element("testcase", all)}`);
    }
    this.#writeLine(`    ${startTag("testcase", all)}`);
    if (problem !== undefined) this.#writeLine(`      ${problem}`);
    this.#writeOutput(printed, "      ");
    this.#writeLine("    </testcase>");
  }

  #writeOutput(printed: CapturedOutput | undefined, indent: string): void {
    const streams = { "system-out": printed?.out.lines(), "system-err": printed?.err.lines() };
    for (const [name, lines = []] of Object.entries(streams)) {
      if (lines.length === 0) continue;
      this.#writeLine(`${indent}${element(name, {}, escapeText(`${lines.join("\n")}\n`))}`);
    }
  }

  #errorElement(name: "failure" | "error", error: ErrorRecord, ...more: string[]): string {
    const { type, message } = error;
    const text = [...this.#errorLines(error), ...more].join("\n");
    return element(name, { type, message }, escapeText(text));
  }

  #errorLines(error: ErrorRecord): string[] {
    return formatError(error, plainStyle, { folder: this.#options.folder });
  }

  #writeLine(text: string): void {
    this.#out.write(`${text}\n`);
  }
}

/** Converts milliseconds to seconds, the unit of JUnit. */
function seconds(ms: number): string {
  return (ms / 1000).toFixed(3);
}
