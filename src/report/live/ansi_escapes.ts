/** Escape codes of terminals; colors only of what is printed before any package is loaded. */

/** Hides the cursor. */
export const HIDE_CURSOR = "\x1b[?25l";
/** Shows the cursor. */
export const SHOW_CURSOR = "\x1b[?25h";

/** Erases from the cursor to the end of its row. */
export const ERASE_REST = "\x1b[K";
/**
 * Erases from the cursor to the end of the screen. At the very start of the screen tmux would keep
 * a copy.
 */
export const ERASE_BELOW = "\x1b[J";

/** Saves the cursor's position and the colors. */
export const SAVE_CURSOR = "\x1b7";
/** Restores the saved position and colors. */
export const RESTORE_CURSOR = "\x1b8";

/** Resets colors, which earlier text may have left set. */
export const RESET_STYLE = "\x1b[0m";

/** Starts the label of an error. */
export const BOLD_RED = "\x1b[1;31m";
/** Starts the label of a note. */
export const BOLD_BLUE = "\x1b[1;34m";

/** Turns line wrapping off: text beyond the last column does not start a second row. */
export const WRAP_OFF = "\x1b[?7l";
/** Turns line wrapping on, the default. */
export const WRAP_ON = "\x1b[?7h";

/** Begins a synchronized update: the terminal shows no half-drawn screen. */
export const BEGIN_UPDATE = "\x1b[?2026h";
/** Ends a synchronized update. */
export const END_UPDATE = "\x1b[?2026l";

/** Ensures that there are a number of rows below the cursor, which keeps its position. */
export function makeRoom(rows: number): string {
  return rows === 0 ? "" : `${"\x1bD".repeat(rows)}\x1b[${rows}A`;
}

/**
 * Moves to the start of an empty row: the cursor's own if nothing precedes the cursor there. The
 * cursor's column is unknown; but a row's worth of spaces wraps into the next row unless it starts
 * at the first column.
 */
export function toFreshRow(columns: number): string {
  return `${RESET_STYLE}${" ".repeat(columns)}\r`;
}

/** Erases everything after and below the cursor, at any position, and keeps the position. */
export const ERASE_AFTER = `${SAVE_CURSOR}${ERASE_REST}\x1b[C${ERASE_BELOW}${RESTORE_CURSOR}`;

/** Erases the cursor's row and all rows below, with the cursor at the start of its row. */
export const ERASE_FROM_START = `${ERASE_REST}\x1b[C${ERASE_BELOW}\r`;
