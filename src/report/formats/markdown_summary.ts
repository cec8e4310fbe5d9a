/** The Markdown job summary of a run: the counts, and the tasks that did not simply pass. */
import type { ErrorRecord } from "../../base/error_record.ts";
import { isUnneeded, threadName } from "../../events/run_event.ts";
import {
  isTaskNode,
  type RunView,
  type StrayRecord,
  tasksWithStatus,
} from "../../events/run_view.ts";
import { summaryText } from "../../events/summary.ts";
import { formatError } from "../text/format_error.ts";
import { errorOf, outcomeReason } from "../../events/outcome_reason.ts";
import { plainStyle } from "../style.ts";

/** Maximum number of rows: a summary may have one mebibyte, and the log has all failures. */
const ROWS_MAX = 100;

/** Formats a finished run as Markdown. */
export function markdownSummary(view: RunView): string {
  const title = `### tdrun: ${summaryText(view).replaceAll("====", "").trim()}\n\n`;
  const tasks = notPlainlyPassed(view);
  const count = view.strayErrors.length + tasks.length;
  if (count === 0) return title;
  const rows = [
    ...view.strayErrors.slice(0, ROWS_MAX).map((stray) => strayRow(stray)),
    ...tasks.slice(0, ROWS_MAX).map((task) => taskRow(view, task)),
  ].slice(0, ROWS_MAX);
  const head = "| outcome | task | time | why |\n| --- | --- | ---: | --- |\n";
  const rest = count > ROWS_MAX ? `\n… and ${count - ROWS_MAX} more\n` : "";
  return `${title}${head}${rows.join("\n")}\n${rest}\n`;
}

/** Tasks by severity of their outcome, within one outcome in the order in which they finished. */
function notPlainlyPassed(view: RunView): number[] {
  const ended = (["failed", "cancelled", "skipped"] as const).flatMap((it) =>
    tasksWithStatus(view, it).filter((task) =>
      it === "failed" || (isTaskNode(view, task) && !isUnneeded(view.outcomes[task]!))
    )
  );
  return [...ended, ...view.flaky];
}

function strayRow({ worker, error }: StrayRecord): string {
  return row("error", `outside of tasks, on ${threadName(worker)}`, undefined, oneLine(error));
}

function taskRow(view: RunView, task: number): string {
  const outcome = view.outcomes[task]!;
  const { name } = view.tasks[task]!;
  const tookMs = view.tookMs[task];
  switch (outcome.status) {
    case "failed":
      return row("failed", name, tookMs, oneLine(outcome.error));
    case "passed":
      return row("flaky", name, tookMs, `passed on attempt ${view.attempts[task]}`);
    default: {
      const error = errorOf(outcome);
      const why = outcomeReason(outcome, view);
      return row(outcome.status, name, tookMs, error ? `${why}: ${oneLine(error)}` : why);
    }
  }
}

const SIGNS = { error: "❌", failed: "❌", flaky: "⚠️", skipped: "⏭️", cancelled: "🚫" };

function row(
  kind: keyof typeof SIGNS,
  name: string,
  tookMs: number | undefined,
  why: string,
): string {
  const time = tookMs === undefined ? "" : `${(tookMs / 1000).toFixed(2)}s`;
  return `| ${SIGNS[kind]} ${kind} | ${cell(name)} | ${time} | ${cell(why)} |`;
}

function oneLine(error: ErrorRecord): string {
  return formatError(error, plainStyle, {})[0]!;
}

/** Escapes a text for a table cell: Markdown, HTML and line breaks. */
function cell(text: string): string {
  return plainStyle.sanitize(text).toWellFormed().replaceAll(/\s+/g, " ")
    .replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;")
    .replaceAll(/[\\`*_{}[\]()#+!|~-]/g, "\\$&");
}
