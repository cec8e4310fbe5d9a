/**
 * The run the page shows, live or replayed: events come in as they may, and the page is told once for
 * each frame that something has changed.
 */
import { signal } from "@preact/signals";
import type { RunEvent } from "../../../events/run_event.ts";
import type { RunEnd, RunInfo } from "../../ui_protocol.ts";
import "../views/html_tag.ts";
import { RunModel } from "./run_model.ts";

/** How the events come in. The server has ended (lost), or has not answered for a while (silent). */
export type ConnectionState = "connecting" | "live" | "lost" | "silent" | "ended";

/** A run with all its events, so that it can be replayed. */
export interface DisplayedRun {
  /** What is shown of it; another when a replay goes back. */
  model: RunModel;
  /** All events known. */
  readonly events: RunEvent[];
  /** How many events were not sent: a run may print more than can be kept. */
  omittedCount: number;
  /** What was asked for; null for a recording. */
  readonly info: RunInfo | null;
  /** What it is called. */
  readonly title: string;
  end: RunEnd | null;
  connection: ConnectionState;
  /** When the last event came, by the page's clock. */
  receivedAtMs: number;
}

/** Counts up once for each frame in which something has changed. */
export const frame = signal(0);

let isDue = false;

/** Has everything drawn again at the next frame. */
export function redraw(): void {
  if (isDue) return;
  isDue = true;
  requestAnimationFrame(() => {
    isDue = false;
    frame.value++;
  });
}

/** A run of the server, of which nothing has come yet. */
export function createLiveRun(info: RunInfo): DisplayedRun {
  return createRun(`Run ${info.id}`, info, "connecting");
}

/** Takes events of a run, in order. Those that were taken before come again after a reconnect. */
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

/** No more is to come, as far as is known. */
export function pauseEvents(run: DisplayedRun): void {
  if (!run.model.isFinished) run.model.markUnfinished();
}

/** There is more, after all: what was given up goes on. */
export function resumeEvents(run: DisplayedRun): void {
  if (!run.model.isUnfinished) return;
  run.model = new RunModel();
  for (const event of run.events) run.model.apply(event);
}

/** Takes the end of a run. */
export function setEnd(run: DisplayedRun, end: RunEnd): void {
  run.end = end;
  run.connection = "ended";
  const { isFinished, view } = run.model;
  // Both are of the clock of one machine.
  const durationMs = Date.parse(end.endedAt) - Date.parse(view.startedAt ?? end.endedAt);
  if (!isFinished) run.model.markUnfinished(durationMs);
  redraw();
}

/** A recorded run, of which nothing is shown yet. */
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

/** Milliseconds since the run's start: those of its events, and of the time since while it lasts. */
export function nowOf(run: DisplayedRun): number {
  const { view, hasFinishedTasks } = run.model;
  if (hasFinishedTasks || run.connection !== "live") return view.elapsedMs;
  return view.elapsedMs + performance.now() - run.receivedAtMs;
}
