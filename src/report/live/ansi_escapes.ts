/** What a terminal is told besides text and colours. All of it stands here. */

/** Makes the cursor invisible. */
export const HIDE_CURSOR = "\x1b[?25l";
/** Makes it visible again. */
export const SHOW_CURSOR = "\x1b[?25h";

/** Erases from the cursor to the end of its row. */
export const ERASE_REST = "\x1b[K";
/** Erases from the cursor to the end of the screen. At its very beginning tmux would keep a copy. */
export const ERASE_BELOW = "\x1b[J";

/** Remembers where the cursor is, and what colours are on. */
export const SAVE_CURSOR = "\x1b7";
/** Goes back there. */
export const RESTORE_CURSOR = "\x1b8";

/** Ends all colours: what was written before may have left some on. */
export const RESET_STYLE = "\x1b[0m";

/** From here on, text that reaches the last column stays there: a row can never become two. */
export const WRAP_OFF = "\x1b[?7l";
/** The usual again. */
export const WRAP_ON = "\x1b[?7h";

/** What follows is shown at once, when its end has come: no terminal shows a half-drawn screen. */
export const BEGIN_UPDATE = "\x1b[?2026h";
/** See {@linkcode BEGIN_UPDATE}. */
export const END_UPDATE = "\x1b[?2026l";

/** Sees to it that there are so many rows below the cursor, which stays where it is. */
export function makeRoom(rows: number): string {
  return rows === 0 ? "" : `${"\x1bD".repeat(rows)}\x1b[${rows}A`;
}

/**
 * Goes to the start of a row that is empty, the cursor's own if nothing stands before it there. How far
 * it is from the start nobody can tell; but a row's worth of blanks gets into the next row unless it
 * begins at the start of one.
 */
export function toFreshRow(columns: number): string {
  return `${RESET_STYLE}${" ".repeat(columns)}\r`;
}

/** Erases what stands after the cursor and below it, wherever it is, and leaves it there. */
export const ERASE_AFTER = `${SAVE_CURSOR}${ERASE_REST}\x1b[C${ERASE_BELOW}${RESTORE_CURSOR}`;

/** Erases the cursor's row, at the start of which it is, and all below it. */
export const ERASE_FROM_START = `${ERASE_REST}\x1b[C${ERASE_BELOW}\r`;
