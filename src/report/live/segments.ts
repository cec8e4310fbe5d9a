/** What all screens say alike: the bar, the counts, the time, what is running. */
import { formatElapsed, roughly } from "./format_elapsed.ts";
import { etaMs } from "../../events/eta.ts";
import { columnsLeft, fitNames, type Frame, type Segment } from "./row_layout.ts";

/** The bar takes a quarter of a row, within reason: its width depends on the terminal's alone. */
const BAR_MIN = 6;
const BAR_MAX = 40;

/** A bar as long as the terminal allows. */
export function bar({ view, columns, style }: Frame): Segment {
  const width = Math.min(BAR_MAX, Math.max(BAR_MIN, Math.floor(columns / 4)));
  const total = view.tasks.length;
  const full = total === 0 ? width : Math.floor(view.finished.length / total * width);
  const fill = view.cancelled ? style.warn : view.counts.failed > 0 ? style.bad : style.good;
  const text = "━".repeat(full) + "─".repeat(width - full);
  // Heavy and light, so that the parts can be told from each other where there are no colours.
  return { text, paint: (it) => fill(it.slice(0, full)) + style.dim(it.slice(full)) };
}

/** A piece that gives way to more important ones, which have lower numbers. */
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
  const pieces: Ranked[] = [
    { rank: 0, text: `${String(done).padStart(String(total).length)}/${total}`, paint: style.bold },
    { rank: 4, text: `${String(percent).padStart(3)}%` },
  ];
  if (view.cancelled) pieces.push({ rank: 1, text: "cancelling", paint: style.warn });
  if (failed > 0) pieces.push({ rank: 2, text: `${failed} failed`, paint: style.bad });
  if (skipped > 0) pieces.push({ rank: 6, text: `${skipped} skipped`, paint: style.warn });
  pieces.push({ rank: 3, text: formatElapsed(nowMs), paint: style.dim });
  if (left !== undefined) {
    pieces.push({ rank: 5, text: `~${roughly(left)} left`, paint: style.dim });
  }
  return thoseThatFit(pieces, before, columns - reserved);
}

function thoseThatFit(pieces: Ranked[], before: readonly Segment[], columns: number): Ranked[] {
  const fits = () =>
    columnsLeft([...before, ...pieces.slice(0, -1)], columns) >= pieces.at(-1)!.text.length;
  while (pieces.length > 1 && !fits()) {
    const least = pieces.reduce((worst, piece) => piece.rank > worst.rank ? piece : worst);
    pieces.splice(pieces.indexOf(least), 1);
  }
  return pieces;
}

/** What runs now, longest first, as much as fits; nothing if there is no room worth using. */
export function runningNow({ view, columns, style }: Frame, before: readonly Segment[]): Segment[] {
  const running = view.running.filter((task) => task !== undefined)
    .sort((a, b) => view.startedMs[a]! - view.startedMs[b]! || a - b);
  const isPause = running.length === 0 && !view.cancelled;
  const tasks = isPause ? [...view.retrying.keys()].slice(0, PAUSED_MAX) : running;
  const label = isPause ? "to try again: " : view.cancelled ? "waiting for: " : "running: ";
  const room = columnsLeft(before, columns) - label.length;
  if (tasks.length === 0 || room < NAMES_MIN) return [];
  const names = tasks.map((task) => view.tasks[task]!.name);
  const paint = (text: string) => style.dim(text.slice(0, label.length)) + text.slice(label.length);
  return [{ text: label + fitNames(names, room), paint }];
}

const NAMES_MIN = 8;
/** There may be thousands; a row has no room for more. */
const PAUSED_MAX = 100;

/** What {@linkcode runningNow} needs to say anything: its gap, its label and a short name. */
export const RUNNING_COLUMNS = "  running: ".length + NAMES_MIN;
