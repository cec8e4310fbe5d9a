/** Aligns remarks behind a column of texts. */
import { displayWidth } from "../../base/display_width.ts";
import type { Style } from "../../report/style.ts";

/** Maximum width of the column, in cells. A longer text exceeds it rather than widens all lines. */
const WIDTH_MAX = 40;

/**
 * Returns the texts as lines, with dim remarks in a second column.
 *
 * @param remarkOf Returns the remark on the text at an index; empty for none.
 */
export function alignRemarks(
  texts: readonly string[],
  remarkOf: (index: number) => string,
  style: Style,
): string[] {
  const widths = texts.map(displayWidth);
  const column = Math.min(WIDTH_MAX, widths.reduce((most, width) => Math.max(most, width), 0));
  return texts.map((text, i) => {
    const remark = remarkOf(i);
    if (remark === "") return text;
    return `${text}${" ".repeat(Math.max(0, column - widths[i]!))}  ${style.dim(remark)}`;
  });
}
