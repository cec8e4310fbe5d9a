/** A line of a log, as people see it on the screen. */
import type { LogLevel } from "../task/context.ts";
import { timestamp } from "./clock.ts";

/** What is the same for all lines. */
export interface LineFormat {
  /** Whether debug lines are shown, and levels and tasks named on each line. */
  readonly verbose: boolean;
  /** Sets off parts of a message. */
  readonly highlight: (text: string) => string;
  /** Makes a text step back. */
  readonly dim: (text: string) => string;
  /** The wall clock. */
  readonly now: () => Date;
}

/** What one line says. */
export interface LogLine {
  readonly level: LogLevel;
  readonly text: string;
  /** The name of the thread it is about. */
  readonly thread?: string | undefined;
  /** The name of the task. */
  readonly task?: string | undefined;
}

/** `2026-11-23 20:56:47,573 [thread_0] text`; with level and task where lines are verbose. */
export function logLine(format: LineFormat, { level, text, thread, task }: LogLine): string {
  const { verbose, highlight, dim, now } = format;
  const levelName = verbose ? `${level.toUpperCase().padEnd(5)} ` : "";
  const threadPart = thread === undefined ? "" : `[${thread}] `;
  const taskPart = verbose && task !== undefined ? `${task}: ` : "";
  return `${dim(timestamp(now()))} ${levelName}${threadPart}${taskPart}${highlight(text)}`;
}

/** Whether a line is shown where only what went wrong is. */
export function isTrouble(level: LogLevel): boolean {
  return level === "warn" || level === "error";
}
