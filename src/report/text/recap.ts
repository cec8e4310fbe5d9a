/** The recap: problems of the run, repeated at the end. */
import { onOneLine } from "../../base/text_format.ts";
import { CANCEL_REASON_TEXT, isUnneeded, threadName } from "../../events/run_event.ts";
import {
  isTaskNode,
  type RunView,
  type StrayRecord,
  tasksWithStatus,
} from "../../events/run_view.ts";
import { type ErrorContext, formatError } from "./format_error.ts";
import { errorOf, outcomeReason, suspectsLabel } from "../../events/outcome_reason.ts";
import type { Style } from "../style.ts";
import type { TaskId } from "../../task/task.ts";

/** Formats all tasks that did not simply pass, and all stray errors; empty if there are none. */
export function recap(view: RunView, style: Style, context: ErrorContext = {}): string[] {
  return [
    ...section(
      "Failed",
      tasksWithStatus(view, "failed"),
      style,
      (task) => failed(view, task, style, context),
    ),
    ...section(
      "Skipped",
      tasksWithStatus(view, "skipped").filter((task) => isSkipShown(view, task)),
      style,
      (task) => [skipped(view, task, style)],
    ),
    ...section(
      cancelledTitle(view),
      tasksWithStatus(view, "cancelled").filter((task) => isTaskNode(view, task)),
      style,
      (task) => cancelled(view, task, style, context),
    ),
    ...cutShort(view, style),
    ...section(
      "Errors outside of tasks",
      view.strayErrors,
      style,
      (stray) => strayError(view, stray, style, context),
    ),
    ...section("Flaky", view.flaky, style, (task) => [passedLate(view, task, style)]),
  ];
}

/** A tear-down is skipped because its resource was not set up, which is shown by itself. */
function isSkipShown({ tasks, outcomes }: RunView, task: number): boolean {
  return !isUnneeded(outcomes[task]!) && tasks[task]!.kind !== "teardown";
}

/**
 * A line about the cancellation if no task was cancelled: running tasks may all have ended well.
 */
function cutShort(view: RunView, style: Style): string[] {
  const { cancelled, counts } = view;
  if (cancelled === undefined || counts.cancelled > 0) return [];
  return [`${style.bold("Cancelled:")} ${CANCEL_REASON_TEXT[cancelled]}`, ""];
}

/** Maximum number of items per section: a cancelled run may have thousands. */
const SHOWN_MAX = 50;

function section<T>(
  title: string,
  items: readonly T[],
  style: Style,
  describe: (item: T) => string[],
): string[] {
  if (items.length === 0) return [];
  const rest = items.length - SHOWN_MAX;
  return [
    style.bold(`${title}:`),
    ...items.slice(0, SHOWN_MAX).flatMap(describe),
    ...(rest > 0 ? [`  … and ${rest} more`] : []),
    "",
  ];
}

function failed(view: RunView, task: number, style: Style, context: ErrorContext): string[] {
  const outcome = view.outcomes[task]!;
  if (outcome.status !== "failed") return [];
  const attempts = view.attempts[task] ?? 1;
  const times = attempts > 1 ? ` (${attempts} attempts)` : "";
  const [first = "", ...rest] = formatError(outcome.error, style, context);
  return [`  ${style.bad(nameOf(view, task))}${times}: ${first}`, ...rest.map(indented)];
}

function skipped(view: RunView, task: number, style: Style): string {
  const outcome = view.outcomes[task]!;
  const reason = outcome.status === "skipped" ? outcomeReason(outcome, view) : "";
  return `  ${style.warn(nameOf(view, task))}: ${onOneLine(reason)}`;
}

function cancelledTitle({ cancelled }: RunView): string {
  return cancelled === undefined
    ? "Cancelled"
    : `Cancelled, since ${CANCEL_REASON_TEXT[cancelled]}`;
}

function cancelled(view: RunView, task: number, style: Style, context: ErrorContext): string[] {
  const hasRun = view.startedMs[task] !== undefined;
  const how = hasRun ? "ended when the run was cancelled" : "never started";
  const line = `  ${style.warn(nameOf(view, task))}: ${how}`;
  const error = errorOf(view.outcomes[task]);
  if (error === undefined) return [line];
  const [first = "", ...rest] = formatError(error, style, context);
  return [`${line}, with ${first}`, ...rest.map(indented)];
}

function passedLate(view: RunView, task: number, style: Style): string {
  const error = view.retryErrors.get(task as TaskId);
  const [first = ""] = error ? formatError(error, style, {}) : [];
  const before = first === "" ? "" : `, after ${first}`;
  return `  ${style.warn(nameOf(view, task))}: passed on attempt ${view.attempts[task]}${before}`;
}

function strayError(
  view: RunView,
  stray: StrayRecord,
  style: Style,
  context: ErrorContext,
): string[] {
  const [first = "", ...rest] = formatError(stray.error, style, context);
  return [
    `  ${style.bad(threadName(stray.worker))}: ${first}`,
    `    ${onOneLine(suspectsLabel(stray, view))}`,
    ...rest.map(indented),
  ];
}

/** The name of a task, escaped: it may be any text. */
function nameOf(view: RunView, task: number): string {
  return onOneLine(view.tasks[task]!.name);
}

function indented(line: string): string {
  return line === "" ? "" : `  ${line}`;
}
