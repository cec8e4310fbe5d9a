/** The frames of a terminal during a recorded run, drawn by the screens of the command. */
import type { RunEvent } from "../../src/events/run_event.ts";
import { applyEvent, emptyView, isSuccessful, type RunView } from "../../src/events/run_view.ts";
import { summaryText } from "../../src/events/summary.ts";
import { statusLine } from "../../src/report/live/screens.ts";
import { colorStyle } from "../../src/report/style.ts";
import { lineOptions } from "../../src/report/text/line_options.ts";
import { LineReporter } from "../../src/report/text/line_reporter.ts";
import type { ErrorContext } from "../../src/report/text/format_error.ts";
import { recap } from "../../src/report/text/recap.ts";

/** The content of the terminal from a time on. */
export interface TerminalFrame {
  /** Time in ms since the first frame. */
  readonly fromMs: number;
  /** The rows, with escape codes for colors. */
  readonly rows: readonly string[];
}

/** A recorded run on a terminal. */
export interface RecordedTerminal extends ErrorContext {
  readonly events: readonly RunEvent[];
  /** The command that is typed. */
  readonly command: string;
  readonly columns: number;
}

/** Pause before the first key, between two keys, and before the run, in ms. */
const TYPING = { beforeMs: 400, keyMs: 45, afterMs: 350 } as const;
/** Time between two frames of a run, in ms: 10 frames per second, since times have one decimal. */
const STEP_MS = 100;
/** Number of rows of the terminal: more than the run has. */
const ROWS = 50;
const CURSOR = "█";

const style = colorStyle();
const PROMPT = style.good("$ ");

/** Returns the frames: the command is typed, the run proceeds, the summary appears. */
export function terminalFrames(terminal: RecordedTerminal): TerminalFrame[] {
  const typing = typingFrames(terminal.command);
  const startMs = typing.at(-1)!.fromMs + TYPING.afterMs;
  const head = PROMPT + style.bold(terminal.command);
  const run = runFrames(terminal).map(({ fromMs, rows }) => ({
    fromMs: startMs + fromMs,
    rows: [head, ...rows],
  }));
  return [...typing, ...run];
}

function typingFrames(command: string): TerminalFrame[] {
  return Array.from({ length: command.length + 1 }, (_, length) => ({
    fromMs: length === 0 ? 0 : TYPING.beforeMs + (length - 1) * TYPING.keyMs,
    rows: [PROMPT + style.bold(command.slice(0, length)) + CURSOR],
  }));
}

function runFrames({ events, columns, ...context }: RecordedTerminal): TerminalFrame[] {
  const view = emptyView();
  const lines: string[] = [];
  const reporter = lineReporter(lines, { view, columns });
  const frames: TerminalFrame[] = [];
  for (const event of events) {
    // The screen is drawn at the times between the last event and this one.
    for (let ms = nextStep(frames); ms < event.elapsedMs; ms += STEP_MS) {
      const status = statusLine({ view, nowMs: ms, columns, rows: ROWS, style });
      frames.push({ fromMs: ms, rows: [...lines, "", ...status] });
    }
    applyEvent(view, event);
    reporter.report(event, view);
  }
  const summary = ["", ...recap(view, style, { ...context, columns }), lastLine(view)];
  frames.push({ fromMs: view.elapsedMs, rows: [...lines, ...summary, PROMPT + CURSOR] });
  return frames;
}

function nextStep(frames: readonly TerminalFrame[]): number {
  const last = frames.at(-1);
  return last === undefined ? STEP_MS : last.fromMs + STEP_MS;
}

/** Creates the reporter that writes the lines above the status. */
function lineReporter(
  lines: string[],
  { view, columns }: { readonly view: RunView; readonly columns: number },
): LineReporter {
  const line = (text: string) => void lines.push(text);
  return new LineReporter(lineOptions({
    ...{ line, stdout: line, columns: () => columns, now: () => localTime(view) },
    ...{ verbose: false, isColored: true, highlights: undefined },
  }));
}

/** The time of the last event: in UTC, whatever the time zone of this machine. */
function localTime({ startedAt, elapsedMs }: RunView): Date {
  const date = new Date(Date.parse(startedAt!) + elapsedMs);
  return new Date(date.getTime() + date.getTimezoneOffset() * 60_000);
}

function lastLine(view: RunView): string {
  const paint = isSuccessful(view) ? style.good : style.bad;
  return style.bold(paint(summaryText(view)));
}
