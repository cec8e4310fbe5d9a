/** The run that the page shows, live or replayed. Changes are drawn once per animation frame. */
import { signal } from "@preact/signals";
import type { RunEvent } from "../../../events/run_event.ts";
import type { RunEnd, RunInfo } from "../../ui_protocol.ts";
import "../views/html_tag.ts";
import { RunModel } from "./run_model.ts";

/**
 * The state of an event source. `lost`: the session has ended. `silent`: the server does not
 * respond. `ended`: all events have arrived.
 */
export type ConnectionState = "connecting" | "live" | "lost" | "silent" | "ended";

/** A run with all its events, so that it can be replayed. */
export interface DisplayedRun {
  /** The fold of the events so far; replaced when a replay seeks backwards. */
  model: RunModel;
  /** All events known. */
  readonly events: RunEvent[];
  /** Number of events that the server omitted. */
  omittedCount: number;
  /** Null for a recording. */
  readonly info: RunInfo | null;
  readonly title: string;
  end: RunEnd | null;
  connection: ConnectionState;
  /** Time of arrival of the last event, by `performance.now()`. */
  receivedAtMs: number;
}

/** Incremented once for each animation frame in which something has changed. */
export const frame = signal(0);

let isDue = false;

/** Schedules a redraw for the next animation frame. */
export function redraw(): void {
  if (isDue) return;
  isDue = true;
  requestAnimationFrame(() => {
    isDue = false;
    frame.value++;
  });
}

/** Creates a run of the server, without events yet. */
export function createLiveRun(info: RunInfo): DisplayedRun {
  return createRun(`Run ${info.id}`, info, "connecting");
}

/** Adds events, in order. Skips known ones: a reconnect may repeat events. */
export function addEvents(run: DisplayedRun, events: readonly RunEvent[]): void {
  run.receivedAtMs = performance.now();
  for (const event of events) {
    const expected = run.model.seq + 1;
    if (event.seq < expected) continue;
    run.omittedCount += event.seq - expected;
    run.events.push(event);
    run.model.apply(event);
  }
  redraw();
}

/** Marks a run as unfinished: no more events are expected. */
export function pauseEvents(run: DisplayedRun): void {
  if (!run.model.isFinished) run.model.markUnfinished();
}

/** Continues a run that was marked unfinished: folds its events again. */
export function resumeEvents(run: DisplayedRun): void {
  if (!run.model.isUnfinished) return;
  run.model = new RunModel();
  for (const event of run.events) run.model.apply(event);
}

/** Sets the end of a run. */
export function setEnd(run: DisplayedRun, end: RunEnd): void {
  run.end = end;
  run.connection = "ended";
  const { isFinished, view } = run.model;
  // Both times are of the clock of the server's machine.
  const durationMs = Date.parse(end.endedAt) - Date.parse(view.startedAt ?? end.endedAt);
  if (!isFinished) run.model.markUnfinished(durationMs);
  redraw();
}

/** Creates a run with all its events, none of which is applied yet. */
export function createRecordedRun(
  title: string,
  events: RunEvent[],
  info: RunInfo | null,
): DisplayedRun {
  const run = createRun(title, info, "ended");
  for (const event of events) run.events.push(event);
  return run;
}

function createRun(title: string, info: RunInfo | null, connection: ConnectionState): DisplayedRun {
  const model = new RunModel();
  return {
    model,
    events: [],
    omittedCount: 0,
    info,
    title,
    end: null,
    connection,
    receivedAtMs: 0,
  };
}

/** Elapsed time of a run, in ms: until the last event, and since then while the run is live. */
export function nowOf(run: DisplayedRun): number {
  const { view, hasFinishedTasks } = run.model;
  if (hasFinishedTasks || run.connection !== "live") return view.elapsedMs;
  return view.elapsedMs + performance.now() - run.receivedAtMs;
}
