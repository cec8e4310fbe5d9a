/**
 * The Test Anything Protocol, version 14. A test point is written when its task finishes. The plan
 * comes last, so that an aborted run does not look complete.
 */
import { stringify } from "@std/yaml";
import type { ErrorRecord } from "../../base/error_record.ts";
import type { TextSink } from "../../base/write_all.ts";
import type { Reporter } from "../../events/reporter.ts";
import type { RunEvent, StrayError, TaskFinished, TaskOutput } from "../../events/run_event.ts";
import { CANCEL_REASON_TEXT, threadName } from "../../events/run_event.ts";
import { isTaskNode, type RunView } from "../../events/run_view.ts";
import { formatError } from "../text/format_error.ts";
import { errorOf, outcomeReason, suspectsLabel } from "../../events/outcome_reason.ts";
import { labelOutput } from "../text/label_output.ts";
import { plainStyle } from "../style.ts";

/** Writes a run as TAP. */
export class TapReporter implements Reporter {
  readonly #out: TextSink;
  readonly #folder: string | undefined;
  /** The view of the current event. */
  #view!: RunView;
  #pointCount = 0;

  /** @param folder Paths of files in this folder are relative to it. */
  constructor(out: TextSink, folder?: string) {
    this.#out = out;
    this.#folder = folder;
  }

  report(event: RunEvent, view: RunView): void {
    this.#view = view;
    switch (event.type) {
      case "run-started":
        return this.#out.write("TAP version 14\n");
      case "task-output":
        return this.#writeOutput(event);
      case "task-retried": {
        const { task, worker, attempt, error } = event;
        const name = this.#view.tasks[task]!.name;
        const [first] = formatError(error, plainStyle, {});
        return this.#writeComment(worker, `${name}: attempt ${attempt} failed: ${first}`);
      }
      case "task-finished":
        return this.#writeTask(event);
      case "stray-error":
        return this.#writeStrayError(event);
      case "worker-lost":
        return this.#writeComment(event.worker, event.error.message);
      case "run-finished":
        return this.#writePlan();
    }
  }

  /** Writes output as a comment; after the task's test point, with the task's name. */
  #writeOutput(event: TaskOutput): void {
    const { task, worker } = event;
    const isLate = task !== null && this.#view.outcomes[task] !== undefined;
    const from = isLate ? `${this.#view.tasks[task]!.name}: ` : "";
    this.#writeComment(worker, `${from}${labelOutput(event)}`);
  }

  #writeTask({ task, outcome, cached }: TaskFinished): void {
    const { name } = this.#view.tasks[task]!;
    // A set-up or a tear-down is no test point, unless it fails.
    if (!isTaskNode(this.#view, task) && outcome.status !== "failed") {
      return this.#out.write(`# ${escape(name)}: ${outcome.status}\n`);
    }
    if (outcome.status === "skipped" || outcome.status === "cancelled") {
      this.#writePoint(true, name, outcomeReason(outcome, this.#view));
      const error = errorOf(outcome);
      return error && this.#writeDiagnostics(this.#describe(error));
    }
    const attempts = this.#view.attempts[task] ?? 1;
    this.#writePoint(outcome.status === "passed", name);
    this.#writeDiagnostics({
      duration_ms: Math.round((this.#view.tookMs[task] ?? 0) * 1000) / 1000,
      ...(attempts > 1 ? { attempts } : {}),
      ...(cached ? { cached } : {}),
      ...(outcome.status === "failed" ? this.#describe(outcome.error) : {}),
    });
  }

  #writeStrayError(event: StrayError): void {
    this.#writePoint(false, `(stray error on ${threadName(event.worker)})`);
    const suspects = suspectsLabel(event, this.#view);
    this.#writeDiagnostics({ ...this.#describe(event.error), suspects });
  }

  /** Writes the plan; for a cancelled run `Bail out!` instead, which nothing may follow. */
  #writePlan(): void {
    const { cancelled } = this.#view;
    if (cancelled === undefined) return this.#out.write(`1..${this.#pointCount}\n`);
    this.#out.write(`Bail out! ${CANCEL_REASON_TEXT[cancelled]}\n`);
  }

  #writePoint(isOk: boolean, name: string, skipReason?: string): void {
    const directive = skipReason === undefined ? "" : ` # SKIP ${escape(skipReason)}`;
    this.#out.write(
      `${isOk ? "ok" : "not ok"} ${++this.#pointCount} - ${escape(name)}${directive}\n`,
    );
  }

  #describe(error: ErrorRecord): Record<string, string> {
    const [, ...details] = formatError(error, plainStyle, { folder: this.#folder });
    const text = details.map((line) => line.replace(/^ {2}/, "")).join("\n");
    const message = plainStyle.sanitize(error.message);
    return { type: error.type, message, ...(text === "" ? {} : { details: text }) };
  }

  /** Writes a YAML block, indented by two spaces below its test point. */
  #writeDiagnostics(values: Readonly<Record<string, unknown>>): void {
    const yaml = stringify(values, { lineWidth: -1 }).trimEnd();
    const lines = ["---", ...yaml.split("\n"), "..."];
    this.#out.write(lines.map((line) => `  ${line}\n`).join(""));
  }

  /** Writes a comment. It starts with a bracket, since "# Subtest" would start a subtest. */
  #writeComment(worker: number, text: string): void {
    this.#out.write(`# [${threadName(worker)}] ${toOneLine(text)}\n`);
  }
}

/** Escapes a name or a reason: one line, with `#` and `\` literal. */
function escape(text: string): string {
  return toOneLine(text).replaceAll("\\", "\\\\").replaceAll("#", "\\#");
}

/**
 * Joins the lines of a text, trimmed. A regular expression for this would backtrack on each of a
 * million spaces that end no line.
 */
function toOneLine(text: string): string {
  const clean = plainStyle.sanitize(text).toWellFormed();
  if (!clean.includes("\n")) return clean;
  const [first = "", ...rest] = clean.split("\n");
  const last = rest.pop()!.trimStart();
  const between = rest.map((line) => line.trim()).filter((line) => line !== "");
  return [first.trimEnd(), ...between, last].join(" ");
}
