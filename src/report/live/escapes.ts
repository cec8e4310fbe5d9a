/** What a terminal is told besides text and colours. All of it stands here. */

/** Makes the cursor invisible. */
export const HIDE_CURSOR = "\x1b[?25l";
/** Makes it visible again. */
export const SHOW_CURSOR = "\x1b[?25h";

/** Goes to the start of the row, and erases from there to the end of the screen. */
export const ERASE_BELOW = "\r\x1b[J";

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

/** Goes to the start of the row that lies so many rows above. */
export function toRowAbove(rows: number): string {
  return rows === 0 ? "\r" : `\r\x1b[${rows}A`;
}
