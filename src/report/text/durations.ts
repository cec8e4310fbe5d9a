/** The text of `--durations`: the slowest tasks and the critical path. */
import { criticalPath } from "../../events/critical_path.ts";
import { threadName } from "../../events/run_event.ts";
import type { RunView } from "../../events/run_view.ts";
import { formatDuration } from "../../base/duration.ts";
import { displayWidth, fitWidth, truncateWidth } from "../../base/display_width.ts";
import type { Style } from "../style.ts";

/**
 * Lists the `count` slowest tasks. A task's duration includes all attempts and the delays between
 * them, but not the time spent waiting for a thread.
 */
export function durations(view: RunView, count: number, style: Style): string[] {
  const took = (task: number) => view.tookMs[task] ?? 0;
  const slowest = view.ran.toSorted((a, b) => took(b) - took(a)).slice(0, count);
  if (slowest.length === 0) return [];
  const times = slowest.map((task) => formatDuration(took(task)));
  const names = slowest.map((task) => nameOf(view, task));
  const timeWidth = longest(times);
  const nameWidth = longest(names);
  const rows = slowest.map((task, i) => {
    const attempts = view.attempts[task] ?? 1;
    const again = attempts > 1 ? `  ${attempts} attempts` : "";
    const thread = style.dim(threadName(view.ranOn[task] ?? 0) + again);
    return `  ${times[i]!.padStart(timeWidth)}  ${fitWidth(names[i]!, nameWidth)}  ${thread}`;
  });
  return [style.bold("Slowest:"), ...rows, "", pathLine(view, style), ""];
}

/** Formats the critical path: `critical path 1.76s of 2.50s: load -> double`. */
function pathLine(view: RunView, style: Style): string {
  const { tasks, lengthMs } = criticalPath(view);
  const times = `${formatDuration(lengthMs)} of ${formatDuration(view.elapsedMs)}`;
  const rest = tasks.length - LINKS_MAX;
  const names = (some: readonly number[]) => some.map((task) => nameOf(view, task));
  const chain = rest <= 0
    ? names(tasks)
    : [...names(tasks.slice(0, HEAD)), `… ${rest} more …`, ...names(tasks.slice(HEAD + rest))];
  return `${style.bold("critical path")} ${times}: ${chain.join(" -> ")}`;
}

/** Maximum number of tasks named; a longer chain is shortened in the middle. */
const LINKS_MAX = 8;
const HEAD = 4;
const NAME_MAX = 40;

function nameOf(view: RunView, task: number): string {
  return truncateWidth(view.tasks[task]!.name, NAME_MAX);
}

function longest(texts: readonly string[]): number {
  return texts.reduce((most, text) => Math.max(most, displayWidth(text)), 0);
}
