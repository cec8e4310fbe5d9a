/** Rows of a terminal, made of segments and cut to its width before any colour is put on. */
import type { RunView } from "../../events/run_view.ts";
import type { Style } from "../style.ts";
import { displayWidth, truncateWidth } from "./display_width.ts";

/** What a screen is drawn from. Every screen is a pure function of a frame. */
export interface Frame {
  readonly view: RunView;
  /** Milliseconds since the run started. */
  readonly nowMs: number;
  readonly columns: number;
  readonly rows: number;
  readonly style: Style;
}

/** A part of a row, and how it is set off. */
export interface Segment {
  readonly text: string;
  readonly paint?: (text: string) => string;
}

/** Two segments that follow each other are so far apart. */
const GAP = "  ";

/** Puts segments next to each other after a margin, and cuts what does not fit. */
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

/** How many columns of a row are left after some segments, for one more. */
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

/** As many names as fit, and how many more there are: `a, b +3`. A first one too long is cut. */
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
