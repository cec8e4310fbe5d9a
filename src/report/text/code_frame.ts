/** A line of source with a caret below the place that is meant. */
import { displayWidth } from "../live/display_width.ts";
import type { Frame } from "./stack_frames.ts";

/**
 * Gives a line of a module's source, from 1, without its line break; undefined where it cannot be
 * had. It never throws.
 */
export type SourceLine = (url: string, line: number) => string | undefined;

/** See the head of this file. */
export interface CodeFrame {
  readonly line: number;
  /** The line without indentation, cut to what is read at a glance. */
  readonly text: string;
  /** The blanks up to the caret: as many as the text before it has columns. */
  readonly padding: string;
}

/**
 * The line that a frame names, or undefined where there is none.
 *
 * @param columns About how many there are for it.
 */
export function codeFrame(
  frame: Frame,
  sourceLine: SourceLine | undefined,
  columns = Infinity,
): CodeFrame | undefined {
  if (!frame.url.startsWith("file:")) return undefined;
  const source = sourceLine?.(frame.url, frame.line);
  if (source === undefined || source.trim() === "") return undefined;
  const at = frame.column - 1;
  if (at > source.length) return undefined; // the file is another by now
  const indent = source.length - source.trimStart().length;
  const length = source.trimEnd().length;
  const widthMax = Math.max(WIDTH_MIN, Math.min(WIDTH_MAX, columns - ELLIPSES));
  const beforeMax = Math.floor(widthMax * BEFORE_PART);
  const isLong = length - indent > widthMax && at - indent > beforeMax;
  const start = isLong ? at - beforeMax : Math.min(indent, at);
  const end = Math.min(length, start + widthMax);
  const [head, tail] = [start > indent ? "…" : "", end < length ? "…" : ""];
  const before = head + printable(source.slice(start, at));
  return {
    line: frame.line,
    text: before + printable(source.slice(at, Math.max(at, end))) + tail,
    padding: " ".repeat(displayWidth(before)),
  };
}

/** A minified module is one line. */
const WIDTH_MAX = 84;
const WIDTH_MIN = 20;
const BEFORE_PART = 0.6;
const ELLIPSES = "……".length;

/** Each tab as one blank, so that the caret stands where it is meant whatever a tab's width is. */
function printable(text: string): string {
  // deno-lint-ignore no-control-regex -- these are what is not printed
  return text.replace(/[\x00-\x1f\x7f-\x9f]/g, " ");
}
