/** A line of a log, as people see it on the screen; and what the files of a log are called. */
import type { LogLevel } from "../../task/context.ts";
import { timestamp } from "../timestamp.ts";
import type { Style } from "../style.ts";

/** What is the same for all lines. */
export interface LineFormat {
  /** Whether debug lines are shown, and levels named on each line. */
  readonly verbose: boolean;
  /** Sets off parts of a message. */
  readonly highlight: (text: string) => string;
  /** Sets off levels, and makes times step back. */
  readonly style: Style;
  /** The wall clock. */
  readonly now: () => Date;
}

/** What one line says. */
export interface LogLine {
  readonly level: LogLevel;
  readonly text: string;
  /** The name of the thread it is about. */
  readonly thread?: string | undefined;
  /** The task or the hook that says it, or that it is about, where the text does not name it. */
  readonly source?: string | undefined;
  /** Whether the user's code says it: then its level is named in any case. */
  readonly isLogged?: boolean;
}

/** `2026-11-23 20:56:47,573 INFO  [thread_0] load: text`, or as much of it as there is. */
export function logLine(format: LineFormat, line: LogLine): string {
  const { verbose, highlight, style, now } = format;
  const { level, text, thread, source, isLogged = false } = line;
  const levelPart = verbose || isLogged ? `${levelText(level, style)} ` : "";
  const threadPart = thread === undefined ? "" : `[${thread}] `;
  const sourcePart = source === undefined ? "" : `${source}: `;
  return `${style.dim(timestamp(now()))} ${levelPart}${threadPart}${sourcePart}${highlight(text)}`;
}

function levelText(level: LogLevel, style: Style): string {
  const paint = { debug: style.dim, info: style.info, warn: style.warn, error: style.bad }[level];
  return paint(levelName(level));
}

/** A level as wide as all of them. */
export function levelName(level: LogLevel): string {
  return level.toUpperCase().padEnd(5);
}

/** The file that the lines of a thread go to. */
export function logFileName(prefix: string, thread: string): string {
  return `${prefix}_${thread}.log`;
}

/** Whether a line is shown where only what went wrong is. */
export function isWarningOrError(level: LogLevel): boolean {
  return level === "warn" || level === "error";
}
