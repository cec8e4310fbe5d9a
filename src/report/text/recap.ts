/** The recap: problems of the run, repeated at the end. */
import { abbreviateList, onOneLine } from "../../base/text_format.ts";
import { CANCEL_REASON_TEXT, threadName } from "../../events/run_event.ts";
import {
  isTaskNode,
  type RunView,
  type StrayRecord,
  tasksWithStatus,
} from "../../events/run_view.ts";
import { type ErrorContext, formatError } from "./format_error.ts";
import type { OutputTail } from "./failed_output.ts";
import { errorOf, suspectsLabel } from "../../events/outcome_reason.ts";
import { type SkipGroup, skipGroups } from "../../events/skip_groups.ts";
import type { Style } from "../style.ts";
import type { TaskId } from "../../task/task.ts";

/** The context in which a recap is formatted. */
export interface RecapContext extends ErrorContext {
  /** Returns the last lines of output of a failed task; undefined if there is none to show. */
  readonly outputOf?: ((task: TaskId) => OutputTail | undefined) | undefined;
  /** Whether all names are listed. */
  readonly verbose?: boolean;
  /** Whether the run was stopped before its tasks had ended. */
  readonly isStopped?: boolean;
}

/**
 * Formats all tasks that did not simply pass, and all stray errors; empty if there are none.
 * Failures come last, next to the prompt: the rest may fill more than a screen.
 */
export function recap(view: RunView, style: Style, context: RecapContext = {}): string[] {
  return [
    ...cachedSection(view, style),
    ...section("Flaky", view.flaky, style, (task) => [passedLate(view, task, style)]),
    ...section(
      "Skipped",
      skipGroups(view),
      style,
      (group) => skipped(view, group, style),
    ),
    ...cancelledSection(view, style, context),
    ...section(
      "Stopped",
      context.isStopped ? openTasks(view) : [],
      style,
      (task) => [stopped(view, task, style)],
    ),
    ...section(
      "Errors outside of tasks",
      view.strayErrors,
      style,
      (stray) => strayError(view, stray, style, context),
    ),
    ...section(
      "Failed",
      tasksWithStatus(view, "failed"),
      style,
      (task) => failed(view, task, style, context),
    ),
  ];
}

/** Maximum number of items per section: a cancelled run may have thousands. */
const SHOWN_MAX = 50;
/** Maximum number of names per line. */
const NAMES_MAX = 5;

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

/** A line with the tasks that were restored from the cache: a reader may look for their output. */
function cachedSection(view: RunView, style: Style): string[] {
  if (view.cached.size === 0) return [];
  const names = Array.from(view.cached, (task) => nameOf(view, task));
  return [`${style.bold("Cached:")} ${abbreviateList(names, NAMES_MAX)}`, ""];
}

function failed(view: RunView, task: TaskId, style: Style, context: RecapContext): string[] {
  const outcome = view.outcomes[task]!;
  if (outcome.status !== "failed") return [];
  const attempts = view.attempts[task] ?? 1;
  const times = attempts > 1 ? ` (${attempts} attempts)` : "";
  const [first = "", ...rest] = formatError(outcome.error, style, context);
  return [
    `  ${style.bad(nameOf(view, task))}${times}: ${first}`,
    ...rest.map(indented),
    ...outputLines(context.outputOf?.(task), style),
  ];
}

/** Formats the last lines of a task's output. */
function outputLines(tail: OutputTail | undefined, style: Style): string[] {
  if (tail === undefined) return [];
  const { lines, count } = tail;
  const which = lines.length < count ? `output, last ${lines.length} of ${count} lines` : "output";
  return [
    `    ${style.dim(`${which}:`)}`,
    ...lines.map((line) => `      ${style.dim("|")} ${style.sanitize(line)}`.trimEnd()),
  ];
}

/** Formats tasks that were skipped for one reason: a task alone, or the number and some names. */
function skipped(view: RunView, { why, tasks, isOwn }: SkipGroup, style: Style): string[] {
  const names = tasks.map((task) => nameOf(view, task));
  if (tasks.length === 1 || isOwn) {
    return [`  ${style.warn(abbreviateList(names, NAMES_MAX))}: ${onOneLine(why)}`];
  }
  const count = style.warn(String(tasks.length));
  return [`  ${count} since ${onOneLine(why)}: ${abbreviateList(names, NAMES_MAX)}`];
}

/** Formats the cancelled tasks: those that ran, then the number of those that never started. */
function cancelledSection(view: RunView, style: Style, context: RecapContext): string[] {
  const tasks = tasksWithStatus(view, "cancelled").filter((task) => isTaskNode(view, task));
  if (tasks.length === 0) return cutShort(view, style);
  const hasRun = (task: TaskId) => view.startedMs[task] !== undefined;
  const unstarted = tasks.filter((task) => !hasRun(task));
  const lines = section(
    cancelledTitle(view),
    tasks.filter(hasRun),
    style,
    (task) => cancelled(view, task, style, context),
  );
  if (lines.length === 0) lines.push(style.bold(`${cancelledTitle(view)}:`));
  else lines.pop(); // the empty line
  if (unstarted.length === 0) return [...lines, ""];
  const names = unstarted.map((task) => nameOf(view, task));
  const listed = context.verbose ? names.join(", ") : abbreviateList(names, NAMES_MAX);
  const last = names.length === 1
    ? `  ${style.warn(listed)}: never started`
    : `  ${style.warn(String(names.length))} never started: ${listed}`;
  return [...lines, last, ""];
}

/**
 * A line about the cancellation if no task was cancelled: all tasks had started. A run in which all
 * of them passed fails only since it was cancelled.
 */
function cutShort(view: RunView, style: Style): string[] {
  const { cancelled, counts, skippedWithoutFailure } = view;
  if (cancelled === undefined) return [];
  const why = CANCEL_REASON_TEXT[cancelled];
  if (counts.failed === 0 && counts.passed + skippedWithoutFailure === view.taskCount) {
    return [`All tasks passed, although ${why}`, ""];
  }
  return [`${style.bold("Cancelled:")} ${why}`, ""];
}

function cancelledTitle({ cancelled }: RunView): string {
  return cancelled === undefined
    ? "Cancelled"
    : `Cancelled, since ${CANCEL_REASON_TEXT[cancelled]}`;
}

function cancelled(view: RunView, task: number, style: Style, context: ErrorContext): string[] {
  const line = `  ${style.warn(nameOf(view, task))}: ended when the run was cancelled`;
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

/** The tasks that have not ended. */
function openTasks(view: RunView): TaskId[] {
  const nodes = view.tasks.keys() as Iterable<TaskId>;
  return Array.from(nodes).filter((it) => isTaskNode(view, it) && view.outcomes[it] === undefined);
}

function stopped(view: RunView, task: TaskId, style: Style): string {
  const worker = view.running.indexOf(task);
  const where = worker >= 0
    ? `was running on ${threadName(worker)}`
    : view.startedMs[task] === undefined
    ? "never started"
    : "waited for another attempt";
  return `  ${style.warn(nameOf(view, task))}: ${where}`;
}

/** The name of a task, escaped: it may be any text. */
function nameOf(view: RunView, task: number): string {
  return onOneLine(view.tasks[task]!.name);
}

function indented(line: string): string {
  return line === "" ? "" : `  ${line}`;
}
