/** Texts and icons for the statuses of tasks: color is never the only cue. */
import type { ErrorRecord } from "../../../base/error_record.ts";
import { plural } from "../../../base/text_format.ts";
import { formatDuration } from "../../../base/duration.ts";
import type { RunEvent, TaskInfo, TaskOutcome } from "../../../events/run_event.ts";
import { outcomeReason, suspectsLabel } from "../../../events/outcome_reason.ts";
import type { RunView } from "../../../events/run_view.ts";
import { tally, tallyTexts } from "../../../events/tally.ts";
import { stripAnsi } from "./strip_ansi.ts";
import type { DisplayStatus } from "./run_model.ts";

/** The icon of each status, distinct without its color. */
export const STATUS_ICONS: Readonly<Record<DisplayStatus, string>> = {
  waiting: "·",
  queued: "○",
  running: "▶",
  retrying: "↻",
  passed: "✓",
  cached: "=",
  flaky: "≈",
  failed: "✕",
  skipped: "⤼",
  unneeded: "◌",
  cancelled: "⊘",
  unfinished: "?",
};

/** The kind of a node that is no task; empty for tasks. */
export function kindText({ kind }: Pick<TaskInfo, "kind">): string {
  if (kind === undefined) return "";
  return kind === "teardown" ? "tear-down of a resource" : "resource";
}

/** The reason of an outcome in one line; empty for passed tasks. */
export function outcomeNote(outcome: TaskOutcome | undefined, view: RunView): string {
  switch (outcome?.status) {
    case "failed":
      return errorNote(outcome.error);
    case "skipped":
      return outcomeReason(outcome, view);
    case "cancelled": {
      const why = outcomeReason(outcome, view);
      return outcome.error ? `${why}: ${errorNote(outcome.error)}` : why;
    }
    default:
      return "";
  }
}

function errorNote({ type, message }: ErrorRecord): string {
  return `${type}: ${firstLine(message)}`;
}

/** The first line with text: messages of some assertions start with an empty line. */
function firstLine(message: string): string {
  return stripAnsi(message).trim().split("\n")[0]!;
}

/** The text of a log entry, after the name of its task. */
export function entryNote(entry: RunEvent, view: RunView): string {
  switch (entry.type) {
    case "task-finished":
      return outcomeNote(entry.outcome, view);
    case "task-retried": {
      const again = entry.delayMs > 0 ? `, again in ${formatDuration(entry.delayMs)}` : ", again";
      return `attempt ${entry.attempt}${again}: ${firstLine(entry.error.message)}`;
    }
    case "stray-error":
      return `${entry.error.type}: ${stripAnsi(entry.error.message)} (${
        suspectsLabel(entry, view)
      })`;
    case "worker-lost":
      return `${entry.error.type}: ${entry.error.message}`;
    default:
      return "";
  }
}

/** The graph as text: `35 tasks: 12 passed (1 flaky), 3 failed, 20 waiting`. */
export function countsText(view: RunView): string {
  const { counts, taskCount } = view;
  const ended = tallyTexts({ ...tally(view), open: 0 });
  const active = (["running", "queued", "waiting"] as const).map((key) => `${counts[key]} ${key}`);
  const parts = [...ended, ...active].filter((text) => !text.startsWith("0 "));
  return `${plural(taskCount, "task")}${parts.length > 0 ? `: ${parts.join(", ")}` : ""}`;
}
