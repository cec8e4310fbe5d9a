/** Wrapping of lines for a terminal, which by itself breaks lines in the middle of words. */
import { displayWidth } from "../base/display_width.ts";

/** Maximum part of the columns that a hanging indent takes. */
const INDENT_PART = 1 / 2;

/**
 * Wraps a line at spaces. A word that is wider than a row is left to the terminal, so that a path
 * or a link stays in one piece for those who copy it.
 *
 * @param line One line, which may have colors.
 * @param columns The width of the terminal.
 * @param indent Number of columns before the rows that follow the first; by default, that of
 * {@linkcode hangingIndent}.
 * @returns The rows, separated by line breaks.
 */
export function wrapLine(line: string, columns: number, indent?: number): string {
  if (columnsOf(line) <= columns) return line;
  const hang = Math.min(indent ?? hangingIndent(line), Math.floor(columns * INDENT_PART));
  let text = "";
  let used = 0;
  for (const [, gap = "", word = ""] of line.matchAll(/( *)([^ ]+)/g)) {
    const width = columnsOf(word);
    const fits = text === "" || used + gap.length + width <= columns;
    text += fits ? gap + word : `\n${" ".repeat(hang)}${word}`;
    used = (fits ? used + gap.length : hang) + width;
    if (used > columns) used = used % columns || columns; // the terminal has broken the word
  }
  return text;
}

/**
 * The hanging indent of a line: the text of a numbered row, `  1  text`, is aligned; other text is
 * indented by two more columns.
 */
export function hangingIndent(line: string): number {
  const [start = "", numbered] = /^ *(\d+ {2})?/.exec(plain(line))!;
  return start.length + (numbered === undefined ? 2 : 0);
}

function columnsOf(line: string): number {
  return displayWidth(plain(line));
}

// deno-lint-ignore no-control-regex -- that is how colors begin
const COLOR = /\x1b\[[\d;]*m/g;

function plain(line: string): string {
  return line.replace(COLOR, "");
}
