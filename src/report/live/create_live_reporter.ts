/** The door of this folder: loaded only where there is a terminal to draw on. */
import { type LiveOptions, LiveReporter } from "./live_reporter.ts";
import type { Terminal } from "./region.ts";
import { progress, statusLine, viewer } from "./screens.ts";
import { realTicker } from "./ticker.ts";

/** What is drawn, and how. */
export interface DrawOptions extends Pick<LiveOptions, "style" | "divert"> {
  readonly screen: "lines" | "progress" | "viewer";
}

const SCREENS = { lines: statusLine, progress, viewer } as const;

/** Draws a run on a terminal as its events come. */
export function createLiveReporter(
  terminal: Terminal,
  { screen, ...rest }: DrawOptions,
): LiveReporter {
  return new LiveReporter({ terminal, ticker: realTicker, draw: SCREENS[screen], ...rest });
}
