/**
 * Display width of text: the number of terminal columns. Most text is Latin, with one column per
 * character; only other text is segmented, since loading the grapheme data takes some milliseconds.
 * Own code rather than a package, which every run would load before knowing whether it is needed.
 */
import { onOneLine } from "./text_format.ts";

/**
 * Matches text of characters with one column each, none of which combine; includes the characters
 * of bars.
 */
const SIMPLE = /^[ -~\u00a1-\u00ac\u00ae-\u02ff…━─]*$/;

/**
 * East Asian wide and fullwidth characters (Unicode 17), and characters with emoji presentation.
 */
const WIDE = new RegExp(
  "[\u1100-\u115f\u2329\u232a\u2630-\u2637\u268a-\u268f\u2e80-\u303e\u3041-\u3247\u3250-\ua4cf" +
    "\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe10-\ufe19\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6" +
    "\u{16fe0}-\u{18dff}\u{1aff0}-\u{1b2ff}\u{1d300}-\u{1d376}\u{1f200}-\u{1f2ff}" +
    "\u{20000}-\u{3fffd}]|\\p{Emoji_Presentation}",
  "u",
);

/**
 * Characters without a column: combining marks and controls. Vowels of Hangul combine with their
 * consonant.
 */
const ZERO = /[\p{M}\p{Cf}\p{Cc}\u1160-\u11ff\ud7b0-\ud7fb]/u;

/**
 * A pair of regional indicators (a flag), or a character followed by the emoji variation selector.
 */
const EMOJI = /^(\p{RI}\p{RI}|\p{Emoji}.*\ufe0f)/u;

let segmenter: Intl.Segmenter | undefined;

/** Splits a text into grapheme clusters: a letter with its accents, an emoji sequence. */
function characters(text: string): Iterable<{ readonly segment: string }> {
  segmenter ??= new Intl.Segmenter(undefined, { granularity: "grapheme" });
  return segmenter.segment(text);
}

/** The number of columns of a text of one line without escape codes. */
export function displayWidth(text: string): number {
  if (SIMPLE.test(text)) return text.length;
  let width = 0;
  for (const { segment } of characters(text)) width += characterWidth(segment);
  return width;
}

function characterWidth(character: string): number {
  if (EMOJI.test(character)) return 2;
  const [first = ""] = character;
  if (WIDE.test(first)) return 2;
  let width = 0;
  for (const point of character) if (!ZERO.test(point)) width++;
  return width;
}

/**
 * Truncates a text to a number of columns, with an ellipsis. Control characters, which would move
 * the cursor, are shown as `\\n`, `\\u001b`.
 */
export function truncateWidth(text: string, columns: number): string {
  const clean = onOneLine(text);
  if (SIMPLE.test(clean)) {
    if (clean.length <= columns) return clean;
    return columns <= 0 ? "" : `${clean.slice(0, columns - 1)}…`;
  }
  let width = 0;
  let keep = "";
  for (const { segment } of characters(clean)) {
    width += characterWidth(segment);
    if (width > columns) return columns <= 0 ? "" : `${keep}…`;
    if (width < columns) keep += segment;
  }
  return clean;
}

/** Truncates or pads a text to exactly a number of columns. */
export function fitWidth(text: string, columns: number): string {
  const short = truncateWidth(text, columns);
  return short + " ".repeat(Math.max(0, columns - displayWidth(short)));
}
