/** Messages of the command: errors and notes. */
import { BOLD_BLUE, BOLD_RED, RESET_STYLE } from "../../report/live/ansi_escapes.ts";
import { wrapLine } from "../../report/wrap_line.ts";
import type { System } from "./system.ts";

/** The parts of the system that a message needs. */
export type MessageSystem = Pick<System, "err"> & Partial<Pick<System, "isColored" | "terminal">>;

/** Prints `Error: text` on the standard error: with a colored label, wrapped on a terminal. */
export function printError(system: MessageSystem, text: string): void {
  print(system, { label: "Error:", color: BOLD_RED, text });
}

/** Prints `Note: text` on the standard error: with a colored label, wrapped on a terminal. */
export function printNote(system: MessageSystem, text: string): void {
  print(system, { label: "Note:", color: BOLD_BLUE, text });
}

interface Message {
  readonly label: string;
  readonly color: string;
  readonly text: string;
}

function print({ err, isColored, terminal }: MessageSystem, { label, color, text }: Message): void {
  const line = `${isColored ? `${color}${label}${RESET_STYLE}` : label} ${text}`;
  err(terminal === undefined ? line : wrapLine(line, terminal.size().columns, label.length + 1));
}
