/** Formats log lines for the screen and for files, and names the log files. */
import type { LogLevel } from "../../task/context.ts";
import { timestamp } from "../timestamp.ts";
import type { Style } from "../style.ts";
import { wrapLine } from "../wrap_line.ts";

/** The format of all lines of a log. */
export interface LineFormat {
  /** Whether debug lines are shown, and levels on every line. */
  readonly verbose: boolean;
  /** Highlights parts of a message. */
  readonly highlight: (text: string) => string;
  /** Styles levels and dims timestamps. */
  readonly style: Style;
  /** Returns the width of the terminal, if the lines are for one. */
  readonly columns?: (() => number | undefined) | undefined;
  /** Returns the wall-clock time. */
  readonly now: () => Date;
}

/** A line of a log. */
export interface LogLine {
  readonly level: LogLevel;
  readonly text: string;
  /** The name of the thread that the line is about. */
  readonly thread?: string | undefined;
  /** The task or hook that the line is from or about, unless the text names it. */
  readonly source?: string | undefined;
  /** A styled end of the line, which is not highlighted. */
  readonly tail?: string;
  /** Whether user code logged the line: then its level is always shown. */
  readonly isLogged?: boolean;
}

/**
 * Formats a line: `2026-11-23 20:56:47,573 INFO  [thread_0] load: text`, without absent parts. For
 * a terminal it is wrapped, aligned with the text after the time.
 */
export function logLine(format: LineFormat, line: LogLine): string {
  const { verbose, highlight, style, columns, now } = format;
  const { level, text, thread, source, tail = "", isLogged = false } = line;
  const levelPart = verbose || isLogged ? `${levelText(level, style)} ` : "";
  const threadPart = thread === undefined ? "" : `[${thread}] `;
  const sourcePart = source === undefined ? "" : `${source}: `;
  const width = columns?.();
  const time = timestamp(now()).slice(isNarrow(width) ? DATE_COLUMNS : 0);
  const whole = `${style.dim(time)} ${levelPart}${threadPart}${sourcePart}${
    highlight(text)
  }${tail}`;
  return width === undefined ? whole : wrapLine(whole, width, timeColumns(width));
}

const DATE_COLUMNS = "2026-11-23 ".length;
const TIMESTAMP_COLUMNS = "2026-11-23 20:56:47,573 ".length;
/** Minimum width of a terminal on which lines show the date. */
const DATED_COLUMNS = 100;

function isNarrow(columns: number | undefined): boolean {
  return columns !== undefined && columns < DATED_COLUMNS;
}

/** Number of columns before the text of a line. A narrow terminal shows no date. */
export function timeColumns(columns: number | undefined): number {
  return TIMESTAMP_COLUMNS - (isNarrow(columns) ? DATE_COLUMNS : 0);
}

function levelText(level: LogLevel, style: Style): string {
  const paint = { debug: style.dim, info: style.info, warn: style.warn, error: style.bad }[level];
  return paint(levelName(level));
}

/** The name of a level, padded to the longest. */
export function levelName(level: LogLevel): string {
  return level.toUpperCase().padEnd(5);
}

/** The name of a thread's log file. */
export function logFileName(prefix: string, thread: string): string {
  return `${prefix}_${thread}.log`;
}

/** Whether a level is shown where only problems are. */
export function isWarningOrError(level: LogLevel): boolean {
  return level === "warn" || level === "error";
}
