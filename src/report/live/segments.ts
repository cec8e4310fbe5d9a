/** What all screens say alike: the bar, the counts, the time, what is running. */
import { formatApproximately, formatElapsed } from "./format_elapsed.ts";
import { etaMs } from "../../events/eta.ts";
import { columnsLeft, fitNames, type Frame, type Segment } from "./row_layout.ts";

/** The bar takes a quarter of a row, within reason: its width depends on the terminal's alone. */
const BAR_MIN = 6;
const BAR_MAX = 40;

/** A bar as long as the terminal allows. */
export function progressBar({ view, columns, style }: Frame): Segment {
  const width = Math.min(BAR_MAX, Math.max(BAR_MIN, Math.floor(columns / 4)));
  const total = view.tasks.length;
  const full = total === 0 ? width : Math.floor(view.finished.length / total * width);
  const fill = view.cancelled ? style.warn : view.counts.failed > 0 ? style.bad : style.good;
  const text = "━".repeat(full) + "─".repeat(width - full);
  // Heavy and light, so that the parts can be told from each other where there are no colours.
  return { text, paint: (it) => fill(it.slice(0, full)) + style.dim(it.slice(full)) };
}

/** A segment that gives way to more important ones, which have lower numbers. */
interface Ranked extends Segment {
  readonly rank: number;
}

/**
 * `12/40   30%  1 failed  2 skipped  1.2s  ~3s left`: what has happened so far and what will, as much
 * as fits.
 *
 * @param before What stands before it in its row.
 * @param reserved How many columns are left free after it.
 */
export function statusSegments(frame: Frame, before: readonly Segment[], reserved = 0): Segment[] {
  const { view, nowMs, style, columns } = frame;
  const { failed, skipped } = view.counts;
  const [done, total] = [view.finished.length, view.tasks.length];
  const percent = total === 0 ? 100 : Math.floor(done / total * 100);
  const left = etaMs(view, nowMs);
  const segments: Ranked[] = [
    { rank: 0, text: `${String(done).padStart(String(total).length)}/${total}`, paint: style.bold },
    { rank: 4, text: `${String(percent).padStart(3)}%` },
  ];
  if (view.cancelled) segments.push({ rank: 1, text: "cancelling", paint: style.warn });
  if (failed > 0) segments.push({ rank: 2, text: `${failed} failed`, paint: style.bad });
  if (skipped > 0) segments.push({ rank: 6, text: `${skipped} skipped`, paint: style.warn });
  segments.push({ rank: 3, text: formatElapsed(nowMs), paint: style.dim });
  if (left !== undefined) {
    segments.push({ rank: 5, text: `~${formatApproximately(left)} left`, paint: style.dim });
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

/** What runs now, longest first, as much as fits; nothing if there is no room worth using. */
export function runningSegments(
  { view, columns, style }: Frame,
  before: readonly Segment[],
): Segment[] {
  const running = view.running.filter((task) => task !== undefined)
    .sort((a, b) => view.startedMs[a]! - view.startedMs[b]! || a - b);
  const isRetrying = running.length === 0 && !view.cancelled;
  const tasks = isRetrying ? [...view.retrying.keys()].slice(0, RETRYING_MAX) : running;
  const label = isRetrying ? "to try again: " : view.cancelled ? "waiting for: " : "running: ";
  const room = columnsLeft(before, columns) - label.length;
  if (tasks.length === 0 || room < NAMES_MIN) return [];
  const names = tasks.map((task) => view.tasks[task]!.name);
  const paint = (text: string) => style.dim(text.slice(0, label.length)) + text.slice(label.length);
  return [{ text: label + fitNames(names, room), paint }];
}

const NAMES_MIN = 8;
/** There may be thousands; a row has no room for more. */
const RETRYING_MAX = 100;

/** What {@linkcode runningSegments} needs to say anything: its gap, its label and a short name. */
export const RUNNING_COLUMNS = "  running: ".length + NAMES_MIN;
