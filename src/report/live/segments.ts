/** Segments shared by the screens: bar, counts, times, running tasks. */
import type { RunView } from "../../events/run_view.ts";
import { formatApproximately, formatElapsed, formatSeconds } from "./format_elapsed.ts";
import { tally } from "../../events/tally.ts";
import { columnsLeft, fitNames, type Frame, type Segment } from "./row_layout.ts";

/** Limits of the bar's width, in columns. The bar takes a quarter of the terminal's width. */
const BAR_MIN = 6;
const BAR_MAX = 40;

/** The progress bar. */
export function progressBar({ view, columns, style }: Frame): Segment {
  const width = Math.min(BAR_MAX, Math.max(BAR_MIN, Math.floor(columns / 4)));
  const total = view.taskCount;
  const full = total === 0 ? width : Math.floor(doneCount(view) / total * width);
  const fill = view.cancelled ? style.warn : view.counts.failed > 0 ? style.bad : style.good;
  const text = "━".repeat(full) + "─".repeat(width - full);
  // Heavy and light lines are distinguishable without colors.
  return { text, paint: (it) => fill(it.slice(0, full)) + style.dim(it.slice(full)) };
}

/** Number of finished tasks, without those that were cancelled before they started. */
export function doneCount({ doneCount, neverStarted }: RunView): number {
  return doneCount - neverStarted;
}

/** A segment that is dropped if there is no room, the highest rank first. */
interface Ranked extends Segment {
  readonly rank: number;
}

/**
 * The status of the run, as much as fits: `12/40 30% 1 failed 2 skipped 1.2s ~3s left`.
 *
 * @param before The segments before it in its row.
 * @param reserved Number of columns to leave free after it.
 */
export function statusSegments(frame: Frame, before: readonly Segment[], reserved = 0): Segment[] {
  const { view, nowMs, leftMs, style, columns } = frame;
  const { failed, skipped } = tally(view);
  const [done, total] = [doneCount(view), view.taskCount];
  const percent = total === 0 ? 100 : Math.floor(done / total * 100);
  const segments: Ranked[] = [
    { rank: 0, text: `${String(done).padStart(String(total).length)}/${total}`, paint: style.bold },
    { rank: 4, text: `${String(percent).padStart(3)}%` },
  ];
  if (view.cancelled) segments.push({ rank: 1, text: "cancelling", paint: style.warn });
  if (failed > 0) segments.push({ rank: 2, text: `${failed} failed`, paint: style.bad });
  if (skipped > 0) segments.push({ rank: 6, text: `${skipped} skipped`, paint: style.warn });
  segments.push({ rank: 3, text: formatElapsed(nowMs), paint: style.dim });
  if (leftMs !== undefined) {
    segments.push({ rank: 5, text: `~${formatApproximately(leftMs)} left`, paint: style.dim });
  }
  return dropUntilFits(segments, before, columns - reserved);
}

function dropUntilFits(segments: Ranked[], before: readonly Segment[], columns: number): Ranked[] {
  const fits = () =>
    columnsLeft([...before, ...segments.slice(0, -1)], columns) >= segments.at(-1)!.text.length;
  while (segments.length > 1 && !fits()) {
    const least = segments.reduce((worst, segment) => segment.rank > worst.rank ? segment : worst);
    segments.splice(segments.indexOf(least), 1);
  }
  return segments;
}

/**
 * The running tasks with their elapsed seconds, longest first, as many as fit; empty if there is
 * hardly any room.
 */
export function runningSegments(
  { view, nowMs, columns, style }: Frame,
  before: readonly Segment[],
): Segment[] {
  const running = view.running.filter((task) => task !== undefined)
    .sort((a, b) => view.startedMs[a]! - view.startedMs[b]! || a - b);
  const isRetrying = running.length === 0 && !view.cancelled;
  const tasks = isRetrying ? [...view.retrying.keys()].slice(0, RETRYING_MAX) : running;
  const label = isRetrying ? "retrying: " : view.cancelled ? "waiting for: " : "running: ";
  const room = columnsLeft(before, columns) - label.length;
  if (tasks.length === 0 || room < NAMES_MIN) return [];
  const names = tasks.map((task) => {
    const tookMs = isRetrying ? 0 : nowMs - view.startedMs[task]!;
    return `${view.tasks[task]!.name}${tookMs < TIME_MIN_MS ? "" : ` ${formatSeconds(tookMs)}`}`;
  });
  const paint = (text: string) => style.dim(text.slice(0, label.length)) + text.slice(label.length);
  return [{ text: label + fitNames(names, room), paint }];
}

const NAMES_MIN = 8;
/** Minimum elapsed time of a running task that is shown, in milliseconds. */
const TIME_MIN_MS = 1000;
/**
 * Maximum number of retrying tasks considered: there may be thousands, and a row has no room for
 * more.
 */
const RETRYING_MAX = 100;

/** Minimum number of columns of {@linkcode runningSegments}: gap, label and a short name. */
export const RUNNING_COLUMNS = "  running: ".length + NAMES_MIN;
