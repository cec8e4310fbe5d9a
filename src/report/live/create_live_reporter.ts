/** The entry point of this folder, loaded only if the terminal supports live output. */
import { type LiveOptions, LiveReporter } from "./live_reporter.ts";
import type { Terminal } from "./region.ts";
import { progress, statusLine, viewer } from "./screens.ts";
import { realTicker } from "./ticker.ts";

/** Options of the live output. */
export interface DrawOptions extends Pick<LiveOptions, "style" | "divert" | "durations"> {
  readonly screen: "lines" | "progress" | "viewer";
}

const SCREENS = { lines: statusLine, progress, viewer } as const;

/** Creates a reporter that draws a run on a terminal. */
export function createLiveReporter(
  terminal: Terminal,
  { screen, ...rest }: DrawOptions,
): LiveReporter {
  return new LiveReporter({ terminal, ticker: realTicker, draw: SCREENS[screen], ...rest });
}
