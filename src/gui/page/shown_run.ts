/**
 * The run the page shows, live or replayed: events come in as they may, and the page is told once for
 * each frame that something has changed.
 */
import { signal } from "@preact/signals";
import { api } from "./api.ts";
import type { RunEvent } from "../../events/run_event.ts";
import type { RunEnd, RunInfo } from "../protocol.ts";
import { RunModel } from "./run_model.ts";

/** How the events come in. */
export type Link = "connecting" | "live" | "lost" | "over";

/** A run with all its events, so that it can be replayed. */
export interface ShownRun {
  /** What is shown of it; another when a replay goes back. */
  model: RunModel;
  /** All events known. */
  readonly events: RunEvent[];
  /** What was asked for; null for a recording. */
  readonly info: RunInfo | null;
  /** What it is called. */
  readonly title: string;
  end: RunEnd | null;
  link: Link;
  /** When the last event came, by the page's clock. */
  cameMs: number;
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

/** A run of the server, followed from its beginning. The returned function stops that. */
export function follow(info: RunInfo, onEnd: (end: RunEnd) => void): [ShownRun, () => void] {
  const run = newRun(`Run ${info.id}`, info, "connecting");
  const source = api.events(info.id);
  source.onopen = () => {
    run.link = "live";
    redraw();
  };
  source.onmessage = ({ data }) => {
    run.cameMs = performance.now();
    for (const event of JSON.parse(data) as RunEvent[]) {
      if (event.seq !== run.events.length) continue; // it was here before the connection broke
      run.events.push(event);
      run.model.take(event);
    }
    redraw();
  };
  source.addEventListener("end", ({ data }) => {
    source.close();
    run.end = JSON.parse(data);
    run.link = "over";
    if (!run.model.isOver) run.model.breakOff();
    onEnd(run.end!);
    redraw();
  });
  source.onerror = () => {
    // The browser connects again by itself, and names the last event it got.
    run.link = source.readyState === EventSource.CLOSED ? "lost" : "connecting";
    redraw();
  };
  return [run, () => source.close()];
}

/** A recorded run, of which nothing is shown yet. */
export function recorded(title: string, events: RunEvent[], info: RunInfo | null): ShownRun {
  const run = newRun(title, info, "over");
  for (const event of events) run.events.push(event);
  return run;
}

function newRun(title: string, info: RunInfo | null, link: Link): ShownRun {
  return { model: new RunModel(), events: [], info, title, end: null, link, cameMs: 0 };
}

/** Milliseconds since the run's start: those of its events, and of the time since while it lasts. */
export function nowOf(run: ShownRun): number {
  const { view, isOver } = run.model;
  if (isOver || run.link !== "live" || view.tasks.length === 0) return view.elapsedMs;
  return view.elapsedMs + performance.now() - run.cameMs;
}

/**
 * The events of a recording: `--reporter=json`.
 *
 * @throws {Error} naming the first line that is none.
 */
export function readRecording(text: string): RunEvent[] {
  const events: RunEvent[] = [];
  for (const [at, line] of text.split("\n").entries()) {
    if (line.trim() === "") continue;
    const event = readLine(line);
    if (event === undefined || (events.length === 0 && event.type !== "run-started")) {
      throw new Error(
        `Cannot replay this file: line ${at + 1} is no event of a run; ` +
          "record one with --reporter=json=FILE",
      );
    }
    events.push(event);
  }
  if (events.length === 0) throw new Error("Cannot replay this file: it is empty");
  return events;
}

function readLine(line: string): RunEvent | undefined {
  try {
    const event = JSON.parse(line);
    return typeof event?.type === "string" && Number.isInteger(event.seq) ? event : undefined;
  } catch {
    return undefined;
  }
}
