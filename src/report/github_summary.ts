/** A run in Markdown, for the page of a job: the counts, and the tasks that are not plainly passed. */
import { threadName } from "../events/run_event.ts";
import type { RunView } from "../events/run_view.ts";
import { summaryText } from "../events/summary.ts";
import { failureLines } from "./failure_text.ts";
import { whyNot } from "./outcome_text.ts";
import { plainStyle } from "./style.ts";

/** A page takes one mebibyte; whoever has more failures than this reads the log. */
const ROWS_MAX = 100;

/** See the head of this file. */
export function markdownSummary(view: RunView): string {
  const rows = [
    ...view.strayErrors.map(({ worker, error }) =>
      row("error", `outside of tasks, on ${threadName(worker)}`, undefined, oneLine(error))
    ),
    ...["failed", "cancelled", "skipped", "passed"].flatMap((status) =>
      view.finished.filter((task) => view.outcomes[task]!.status === status)
        .flatMap((task) => taskRow(view, task) ?? [])
    ),
  ];
  const title = `### tdrun: ${summaryText(view).replaceAll("====", "").trim()}\n`;
  if (rows.length === 0) return `${title}\n`;
  const rest = rows.length - ROWS_MAX;
  const lines = [
    title,
    "| outcome | task | time | why |",
    "| --- | --- | ---: | --- |",
    ...rows.slice(0, ROWS_MAX),
    ...(rest > 0 ? ["", `… and ${rest} more`] : []),
  ];
  return `${lines.join("\n")}\n\n`;
}

function taskRow(view: RunView, task: number): string | undefined {
  const outcome = view.outcomes[task]!;
  const { name } = view.tasks[task]!;
  const tookMs = view.tookMs[task];
  switch (outcome.status) {
    case "failed":
      return row("failed", name, tookMs, oneLine(outcome.error));
    case "passed": {
      const attempts = view.attempts[task] ?? 1;
      return attempts > 1 ? row("flaky", name, tookMs, `passed on attempt ${attempts}`) : undefined;
    }
    default:
      return row(outcome.status, name, tookMs, whyNot(outcome, view));
  }
}

const SIGNS = { error: "❌", failed: "❌", flaky: "⚠️", skipped: "⏭️", cancelled: "🚫" };

function row(kind: keyof typeof SIGNS, name: string, tookMs: number | undefined, why: string) {
  const time = tookMs === undefined ? "" : `${(tookMs / 1000).toFixed(2)}s`;
  return `| ${SIGNS[kind]} ${kind} | ${cell(name)} | ${time} | ${cell(why)} |`;
}

function oneLine(error: Parameters<typeof failureLines>[0]): string {
  return failureLines(error, plainStyle, {})[0]!;
}

/** Text as it is: neither Markdown nor HTML, and in one line. */
function cell(text: string): string {
  return plainStyle.foreign(text).toWellFormed().replaceAll(/\s+/g, " ")
    .replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;")
    .replaceAll(/[\\`*_{}[\]()#+!|~-]/g, "\\$&");
}
