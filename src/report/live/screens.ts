/** The three screens, each of which renders a frame as rows. */
import { threadName } from "../../events/run_event.ts";
import { isTaskNode, type RunView } from "../../events/run_view.ts";
import { formatElapsed } from "./format_elapsed.ts";
import {
  doneCount,
  progressBar,
  RUNNING_COLUMNS,
  runningSegments,
  statusSegments,
} from "./segments.ts";
import { type Frame, layoutRow, type Segment } from "./row_layout.ts";
import { fitWidth } from "../../base/display_width.ts";

/** Renders a frame as rows. */
export type Draw = (frame: Frame) => string[];

/** The default: a status line below the task lines: ` 12/40   30%  1.2s  running: a, b +2`. */
export const statusLine: Draw = (frame) => {
  const segments = statusSegments(frame, [], RUNNING_COLUMNS);
  return [layoutRow([...segments, ...runningSegments(frame, segments)], frame.columns)];
};

/** The screen of `--progress`: a bar, and the running tasks below. */
export const progress: Draw = (frame) => [
  barRow(frame),
  layoutRow(runningSegments(frame, []), frame.columns),
];

/** The screen of `--viewer`: a row per thread, then the counts and the bar. */
export const viewer: Draw = (frame) => {
  const { view, columns, rows } = frame;
  const room = Math.max(0, rows - FOOT_ROWS);
  const isCut = view.workers > room;
  const shown = shownThreads(view, isCut ? Math.max(0, room - 1) : view.workers);
  const threads = shown.map((worker) => threadRow(frame, worker));
  if (isCut && room > 0) {
    const hidden = view.counts.running - shown.filter((worker) => isBusy(view, worker)).length;
    const active = hidden > 0 ? `, ${hidden} active` : "";
    const text = `… and ${view.workers - shown.length} more threads${active}`;
    threads.push(layoutRow([{ text, paint: frame.style.dim }], columns));
  }
  return [...threads, countsRow(frame), barRow(frame)];
};

/** The threads that fit, busy ones preferred, in the order of their numbers. */
function shownThreads(view: RunView, count: number): number[] {
  const all = Array.from({ length: view.workers }, (_, worker) => worker);
  const busy = all.filter((worker) => isBusy(view, worker));
  const idle = all.filter((worker) => !isBusy(view, worker));
  return [...busy, ...idle].slice(0, count).sort((a, b) => a - b);
}

function isBusy({ running }: RunView, worker: number): boolean {
  return running[worker] !== undefined;
}

/** Number of rows below the threads: the counts, the bar, and one for lines written above. */
const FOOT_ROWS = 3;
const NAME_MAX = 40;
const TIME_COLUMNS = 7;

function threadRow({ view, nowMs, columns, style }: Frame, worker: number): string {
  const thread = threadName(worker).padEnd(threadName(view.workers - 1).length);
  const task = view.running[worker];
  if (task === undefined) {
    // A thread takes queued tasks as soon as it can: until its first one, it is starting.
    const isStarting = view.counts.queued > 0 && !view.ranOn.includes(worker);
    return layoutRow(
      [{ text: thread, paint: style.dim }, {
        text: isStarting ? "starting" : "idle",
        paint: style.dim,
      }],
      columns,
    );
  }
  const room = columns - thread.length - TIME_COLUMNS - " ".length - 2 * "  ".length;
  const attempt = view.attempts[task]!;
  const segments: Segment[] = [
    { text: thread },
    { text: fitWidth(view.tasks[task]!.name, Math.max(1, Math.min(NAME_MAX, room))) },
    { text: formatElapsed(nowMs - view.startedMs[task]!).padStart(TIME_COLUMNS), paint: style.dim },
  ];
  if (attempt > 1) segments.push({ text: `attempt ${attempt}`, paint: style.warn });
  return layoutRow(segments, columns);
}

function countsRow({ view, columns, style }: Frame): string {
  const { queued, running } = view.counts;
  const retrying = [...view.retrying.keys()].filter((task) => isTaskNode(view, task)).length;
  const waiting = view.counts.waiting - retrying;
  const done = doneCount(view);
  const texts = [`${queued} queued`, `${running} active`, `${done} done`];
  if (waiting > 0) texts.push(`${waiting} waiting`);
  if (retrying > 0) texts.push(`${retrying} retrying`);
  return layoutRow(texts.map((text) => ({ text, paint: style.dim })), columns);
}

function barRow(frame: Frame): string {
  const segments = [progressBar(frame)];
  return layoutRow([...segments, ...statusSegments(frame, segments)], frame.columns);
}
