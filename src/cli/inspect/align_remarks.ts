/** A column of texts, and a remark behind some of them. */
import { displayWidth } from "../../report/live/display_width.ts";
import type { Style } from "../../report/style.ts";

/** Texts longer than this stand out of their column, rather than widening it for all. */
const WIDTH_MAX = 40;

/**
 * The lines of such a column. The remarks, dim, stand below each other.
 *
 * @param remark What is to be said of a text; nothing, if that is empty.
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
