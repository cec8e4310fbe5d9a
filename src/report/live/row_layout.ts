/** Layout of terminal rows: segments, truncated to the width before colors are applied. */
import type { RunView } from "../../events/run_view.ts";
import type { Style } from "../style.ts";
import { displayWidth, truncateWidth } from "../../base/display_width.ts";

/** The input of a screen, which is a pure function of a frame. */
export interface Frame {
  readonly view: RunView;
  /** Time in milliseconds since the run's start. */
  readonly nowMs: number;
  /** Estimated remaining time in milliseconds, if there is an estimate. */
  readonly leftMs?: number | undefined;
  readonly columns: number;
  readonly rows: number;
  readonly style: Style;
}

/** A part of a row, and its color. */
export interface Segment {
  readonly text: string;
  readonly paint?: (text: string) => string;
}

/** Separator of two segments. */
const GAP = "  ";

/** Joins segments after a margin, and truncates the row. */
export function layoutRow(segments: readonly Segment[], columns: number): string {
  let text = "";
  let left = columns;
  for (const [i, segment] of segments.entries()) {
    const short = truncateWidth(segment.text, left - marginOf(i).length);
    if (short === "") break;
    text += marginOf(i) + (segment.paint?.(short) ?? short);
    left -= marginOf(i).length + displayWidth(short);
  }
  return text;
}

/** The number of columns left for another segment after some. */
export function columnsLeft(segments: readonly Segment[], columns: number): number {
  const taken = segments.reduce(
    (sum, { text }, i) => sum + marginOf(i).length + displayWidth(text),
    0,
  );
  return columns - taken - marginOf(segments.length).length;
}

function marginOf(index: number): string {
  return index === 0 ? " " : GAP;
}

/**
 * Joins as many names as fit, and the number of the others: `a, b +3`. A first name that is too
 * long is truncated.
 */
export function fitNames(names: readonly string[], columns: number): string {
  const rest = (shown: number) => shown < names.length ? ` +${names.length - shown}` : "";
  let text = "";
  for (const [i, name] of names.entries()) {
    const longer = i === 0 ? name : `${text}, ${name}`;
    if (displayWidth(longer) + rest(i + 1).length > columns) {
      const more = i === 0 ? rest(1) : rest(i);
      return i === 0 ? truncateWidth(name, columns - more.length) + more : text + more;
    }
    text = longer;
  }
  return text;
}
