/** The visible part of the timelines, their tools, keys and tooltip. */
import { signal } from "@preact/signals";
import { formatDuration } from "../../../base/duration.ts";
import { threadName } from "../../../events/run_event.ts";
import { rangeAfterKey, type TimeRange, zoomRange } from "../../../layout/time_range.ts";
import { type DisplayedRun, nowOf } from "../model/displayed_run.ts";
import type { AttemptBar } from "../model/run_model.ts";
import { STATUS_ICONS } from "../model/status_text.ts";
import { player } from "../model/store.ts";
import { html } from "./html_tag.ts";
import { Tooltip } from "./tooltip.ts";

/** The range that the user has set, and its run; null follows the run. */
const chosen = signal<{ readonly run: DisplayedRun; readonly range: TimeRange } | null>(null);

/** The time until which the shown run is drawn, in ms. */
export function currentTimeMs(run: DisplayedRun): number {
  return player.value?.run === run ? player.value.atMs : nowOf(run);
}

function wholeRange(run: DisplayedRun): TimeRange {
  const replay = player.value?.run === run ? player.value.totalMs : 0;
  return { fromMs: 0, toMs: Math.max(1, replay, currentTimeMs(run)) };
}

/** The visible range of a run; reading it subscribes to changes by the user. */
export function visibleRange(run: DisplayedRun): TimeRange {
  return chosen.value?.run === run ? chosen.value.range : wholeRange(run);
}

/** Applies a key to the range. Returns whether the key has a meaning. */
function pressKey(run: DisplayedRun, key: string): boolean {
  const range = rangeAfterKey(key, visibleRange(run), wholeRange(run).toMs);
  if (range === undefined) return false;
  chosen.value = range && { run, range };
  return true;
}

/** The handler of keys for a timeline. */
export function onTimelineKey(run: DisplayedRun, event: KeyboardEvent): void {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (pressKey(run, event.key)) event.preventDefault();
}

/**
 * The handler of the wheel for a timeline: zooms with Ctrl; the page scrolls without.
 *
 * @param part The place of the pointer in the range, from 0 to 1.
 */
export function onTimelineWheel(run: DisplayedRun, event: WheelEvent, part: number): void {
  if (!event.ctrlKey && !event.metaKey) return;
  event.preventDefault();
  const factor = event.deltaY < 0 ? 0.8 : 1.25;
  chosen.value = {
    run,
    range: zoomRange(visibleRange(run), factor, wholeRange(run).toMs, part),
  };
}

/** The buttons that zoom. */
export function TimelineTools({ run }: { run: DisplayedRun }) {
  const press = (key: string) => () => void pressKey(run, key);
  return html`
    <div class="zoom" role="group" aria-label="Timeline">
      <button type="button" id="time-out" aria-label="Zoom out" onClick=${press("-")}>−</button>
      <button type="button" id="time-in" aria-label="Zoom in" onClick=${press("+")}>+</button>
      <button type="button" id="time-fit" onClick=${press("0")}>Fit</button>
    </div>
  `;
}

/** A bar below the pointer, and the position of the pointer on the timeline. */
export interface HoveredBar {
  readonly bar: AttemptBar;
  readonly x: number;
  readonly y: number;
}

/** The tooltip of a bar. */
export function BarTooltip({ run, at }: { run: DisplayedRun; at: HoveredBar | null }) {
  const task = at && run.model.tasks[at.bar.task];
  if (!at || !task) return null;
  const { status, readyMs, fromMs, toMs, attempt, worker } = at.bar;
  const tookMs = (toMs ?? currentTimeMs(run)) - fromMs;
  const lines = [
    `${STATUS_ICONS[status]} ${status}, ${formatDuration(tookMs)}`,
    `from ${formatDuration(fromMs)}, on ${threadName(worker)}`,
    fromMs - readyMs >= 1 ? `waited ${formatDuration(fromMs - readyMs)} when ready` : "",
    attempt > 1 ? `attempt ${attempt}` : "",
  ];
  return html`<${Tooltip} x=${at.x} y=${at.y} title=${task.name} lines=${lines} />`;
}
